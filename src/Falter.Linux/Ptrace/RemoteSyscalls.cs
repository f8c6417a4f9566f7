using System.Globalization;
using Falter.Linux.Proc;
using Falter.Linux.Interop;

namespace Falter.Linux.Ptrace;

/// <summary>
/// Makes a process that is stopped before its first instruction carry out system calls of the tracer's choice, and then puts it back as it was.
/// Never in a process that has begun: should the tracer be killed meanwhile, that process would go on in the middle of a call that is not its own.
/// </summary>
internal ref struct RemoteSyscalls
{
    // Far above what any call made here takes; a thread that is stopped by a debugger or frozen would block for ever otherwise.
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    private readonly ulong _instruction;
    private readonly user_regs_struct _saved;
    private readonly ulong _savedMask;
    private readonly List<int> _heldSignals = [];
    private StoppedTracee _stopped;

    private RemoteSyscalls(StoppedTracee stopped, ulong instruction)
    {
        _stopped = stopped;
        _instruction = instruction;
        _saved = stopped.Registers;
        _savedMask = stopped.SignalMask;
        stopped.SetSignalMask(ulong.MaxValue);
    }

    /// <summary>Begins at the exit stop of <c>execve</c>, where the vdso is the only code that is certain to hold a <c>syscall</c> instruction.</summary>
    public static RemoteSyscalls AtExec(StoppedTracee stopped) => new(stopped, FindInVdso(stopped));

    /// <summary>Memory below the stack's red zone that calls may use for their arguments.</summary>
    public readonly ulong Scratch => (_saved.rsp - 8192) & ~15UL;

    /// <summary>The thread, in the stop that the last call ended in.</summary>
    public readonly StoppedTracee Stopped => _stopped;

    /// <summary>Carries out one call. The result as the kernel gives it: negative errno on failure.</summary>
    public long Call(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0)
    {
        user_regs_struct registers = _saved;
        registers.rip = _instruction;
        registers.rax = (ulong)number;
        registers.orig_rax = ulong.MaxValue;
        (registers.rdi, registers.rsi, registers.rdx, registers.r10, registers.r8) = ((ulong)a, (ulong)b, (ulong)c, (ulong)d, (ulong)e);
        _stopped.SetRegisters(registers);
        ToNextSyscallStop();
        ToNextSyscallStop();
        return (long)_stopped.Registers.rax;
    }

    /// <summary>Puts registers and signal mask back; signals that arrived meanwhile are sent again.</summary>
    public StoppedTracee Finish()
    {
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
