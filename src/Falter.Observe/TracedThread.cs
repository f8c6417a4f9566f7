using System.Diagnostics;
using Falter.Linux.Ptrace;
using Falter.Records;

namespace Falter.Observe;

/// <summary>A process whose threads are traced.</summary>
internal sealed class TracedProcess(int pid, string name)
{
    public int Pid { get; } = pid;

    /// <summary>The name that its calls are counted by: its command name when it was first followed or last called execve.</summary>
    public string Name { get; set; } = name;
}

/// <summary>
/// What is known of a traced thread, as <c>struct followed</c> of <c>bpf/syscalls.bpf.c</c>: the call that it is in, and how its last ones ended.
/// </summary>
internal sealed class TracedThread(TracedProcess process, bool isAnnounced)
{
    // As in bpf/wire.h.
    private const int CompatCalls = 0x4000, TableSize = 512, NoSuchCall = 0x3fff;

    private readonly byte[] _last = new byte[TableSize];
    private ptrace_syscall_info _entry;
    private bool _inCall;
    private bool _isAttaching;
    private long _enteredNs;
    private (ulong Number, ulong Instruction, ulong Stack)? _underWay;

    public TracedProcess Process { get; } = process;

    /// <summary>Whether its creator's stop has told of it, or it had none that is traced.</summary>
    public bool IsAnnounced { get; set; } = isAnnounced;

    /// <summary>It runs, and was asked to stop so that it can be followed.</summary>
    public void Attach() => _isAttaching = true;

    /// <summary>
    /// It stopped as it was asked to. A call that it was in is made again (ERESTARTSYS to ERESTART_RESTARTBLOCK in the result register), and was entered
    /// before: it is not counted.
    /// </summary>
    public void Interrupted(StoppedTracee stopped)
    {
        if (!_isAttaching) return;
        _isAttaching = false;
        user_regs_struct registers = stopped.Registers;
        if ((long)registers.orig_rax >= 0 && SyscallStop.IsInterrupted((long)registers.rax)) _underWay = (registers.orig_rax, registers.rip, registers.rsp);
    }

    /// <summary>It entered a call.</summary>
    public void Enter(in ptrace_syscall_info info)
    {
        bool counted = info.entry_nr != ulong.MaxValue && !(_underWay is { } call && IsSame(call, info));
        _underWay = null;
        (_entry, _inCall, _enteredNs) = (info, counted, Stopwatch.GetTimestamp());
    }

    /// <summary>It left a call. Null where that is not counted: it was entered before the thread was followed, or is a return from a signal handler.</summary>
    /// <param name="stopped">The stop at the exit.</param>
    /// <param name="info">What the kernel says of it.</param>
    public (Syscall Syscall, Outcome Outcome, long EnteredNs)? Exit(StoppedTracee stopped, in ptrace_syscall_info info)
    {
        if (!_inCall) return null;
        _inCall = false;
        long number = SyscallStop.MayChangeNumber(_entry.entry_nr, _entry.IsX64) ? (long)stopped.Registers.orig_rax : (long)_entry.entry_nr;
        if (number == -1) return null;
        var outcome = new Outcome((short)(info.exit_is_error != 0 ? -info.exit_rval : 0));
        return (NumberOf(number, info.IsX64), outcome, _enteredNs);
    }

    /// <summary>Whether a call begins a run of errors: as count_run does.</summary>
    public bool BeginsRun(Syscall syscall, Outcome outcome)
    {
        if (syscall.Number is < 0 or >= TableSize) return false;
        ref byte last = ref _last[syscall.Number];
        byte before = last;
        // Outcomes above 254 (interrupted ones) are one.
        last = (byte)Math.Min((int)outcome.Code, 255);
        return last != 0 && last != before;
    }

    private static Syscall NumberOf(long number, bool isX64) =>
        new((short)(number is < 0 or >= NoSuchCall ? NoSuchCall : isX64 ? number : CompatCalls + number));

    private static bool IsSame((ulong Number, ulong Instruction, ulong Stack) call, in ptrace_syscall_info info) =>
        (info.entry_nr == call.Number || SyscallStop.IsRestart(info.entry_nr)) && info.instruction_pointer == call.Instruction && info.stack_pointer == call.Stack;
}
