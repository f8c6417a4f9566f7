using System.Globalization;
using Falter.Linux.Proc;
using Falter.Linux.Interop;

namespace Falter.Linux.Ptrace;

/// <summary>
/// Makes a stopped thread carry out system calls of the tracer's choice, and then puts it back as it was. Should the tracer be killed meanwhile, the thread
/// would go on in the middle of a call that is not its own: a process that has not begun is killed with its tracer, and in one that runs this is done only
/// where the user has asked for it, for as short a time as can be.
/// </summary>
internal ref struct RemoteSyscalls
{
    // Far above what any call made here takes; a thread that is stopped by a debugger or frozen would block for ever otherwise.
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    private readonly ulong _instruction;
    private readonly user_regs_struct _saved;
    private readonly ulong _savedMask;
    private readonly bool _running;
    private readonly List<int> _heldSignals = [];
    private StoppedTracee _stopped;

    private RemoteSyscalls(StoppedTracee stopped, ulong instruction, bool running)
    {
        _stopped = stopped;
        _instruction = instruction;
        _running = running;
        _saved = running ? InterruptedCall.ToBeMadeAgain(stopped.Tid, stopped.Registers) : stopped.Registers;
        _savedMask = stopped.SignalMask;
        stopped.SetSignalMask(ulong.MaxValue);
    }

    /// <summary>Begins at the exit stop of <c>execve</c>, where the vdso is the only code that is certain to hold a <c>syscall</c> instruction.</summary>
    public static RemoteSyscalls AtExec(StoppedTracee stopped) => new(stopped, FindInVdso(stopped), running: false);

    /// <summary>Begins at a stop that PTRACE_INTERRUPT led to, in a process that runs.</summary>
    public static RemoteSyscalls InRunning(StoppedTracee stopped) => new(stopped, FindInVdso(stopped), running: true);

    /// <summary>At exec: memory below the stack's red zone that calls may use for their arguments. In a process that runs this may be another's (goroutines).</summary>
    public readonly ulong Scratch => (_saved.rsp - 8192) & ~15UL;

    /// <summary>The thread, in the stop that the last call ended in.</summary>
    public readonly StoppedTracee Stopped => _stopped;

    /// <summary>Carries out one call. The result as the kernel gives it: negative errno on failure.</summary>
    public long Call(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0, long f = 0)
    {
        user_regs_struct registers = _saved;
        registers.rip = _instruction;
        registers.rax = (ulong)number;
        registers.orig_rax = ulong.MaxValue;
        (registers.rdi, registers.rsi, registers.rdx, registers.r10, registers.r8, registers.r9) = ((ulong)a, (ulong)b, (ulong)c, (ulong)d, (ulong)e, (ulong)f);
        _stopped.SetRegisters(registers);
        ToNextSyscallStop();
        ToNextSyscallStop();
        return (long)_stopped.Registers.rax;
    }

    /// <summary>Puts registers and signal mask back; signals that arrived meanwhile are sent again.</summary>
    public StoppedTracee Finish()
    {
        if (_running) ToInterruptStop();
        _stopped.SetRegisters(_saved);
        _stopped.SetSignalMask(_savedMask);
        foreach (int signal in _heldSignals) Libc.Syscall(Libc.SYS_tgkill, ProcessStatus.Read(_stopped.Tid)?.ProcessId ?? 0, _stopped.Tid, signal);
        return _stopped;
    }

    private void ToNextSyscallStop()
    {
        do
        {
            _stopped = _stopped.ResumeAndWait(toNextSyscall: true, signal: 0, s_limit);
            // All maskable signals are blocked: this is SIGSTOP, which is held back for as long as the call takes.
            if (_stopped.Stop.Kind == PtraceStopKind.Signal) _heldSignals.Add(_stopped.Stop.Value);
        }
        while (_stopped.Stop.Kind != PtraceStopKind.Syscall);
    }

    /// <summary>
    /// The kernel makes an interrupted call again (ERESTARTSYS and its like) only on its way out of such a stop, after it has looked for signals
    /// (<c>arch/x86/kernel/signal.c</c>, arch_do_signal_or_restart), and not on its way out of a system call stop: so this must be the last one.
    /// PTRACE_INTERRUPT at a stop makes another follow before the thread runs (<c>kernel/ptrace.c</c>, ptrace_request).
    /// </summary>
    private void ToInterruptStop()
    {
        _stopped.Interrupt();
        do
        {
            _stopped = _stopped.ResumeAndWait(toNextSyscall: false, signal: 0, s_limit);
            if (_stopped.Stop.Kind == PtraceStopKind.Signal) _heldSignals.Add(_stopped.Stop.Value);
        }
        while (_stopped.Stop.Kind is not (PtraceStopKind.Interrupted or PtraceStopKind.GroupStop));
    }

    private static ulong FindInVdso(StoppedTracee stopped)
    {
        string line = File.ReadLines($"/proc/{stopped.Tid}/maps").FirstOrDefault(l => l.EndsWith("[vdso]", StringComparison.Ordinal))
            ?? throw new InvalidOperationException("the target has no vdso (vdso=0 on the kernel's command line?)");
        string[] range = line[..line.IndexOf(' ', StringComparison.Ordinal)].Split('-');
        ulong start = ulong.Parse(range[0], NumberStyles.HexNumber), end = ulong.Parse(range[1], NumberStyles.HexNumber);
        byte[] code = new byte[end - start];
        int at = stopped.TryReadMemory(start, code) ? code.AsSpan().IndexOf([(byte)0x0f, (byte)0x05]) : -1;
        return at >= 0 ? start + (ulong)at : throw new InvalidOperationException("the target's vdso holds no syscall instruction");
    }
}
