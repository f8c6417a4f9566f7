using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Falter.Linux.Interop;
using Falter.Records;
using static Falter.Linux.Ptrace.PtraceRequest;

namespace Falter.Linux.Ptrace;

/// <summary>
/// A traced thread in a ptrace stop: its registers and memory can be read and changed. It cannot be stored, and it ends with
/// <see cref="Resume"/>, <see cref="Listen"/> or <see cref="Detach"/>: any use of it after that throws.
/// </summary>
public readonly unsafe ref struct StoppedTracee
{
    private readonly RunningTracee _tracee;
    private readonly uint _turn;

    internal StoppedTracee(RunningTracee tracee, PtraceStop stop)
    {
        _tracee = tracee;
        _turn = tracee.Turn;
        Stop = stop;
    }

    /// <summary>The stopped thread's number; at the exit of <c>execve</c> also the process's.</summary>
    public int Tid => _tracee.Tid;

    /// <summary>Why it stopped.</summary>
    public PtraceStop Stop { get; }

    /// <summary>The general registers.</summary>
    public user_regs_struct Registers
    {
        get
        {
            user_regs_struct registers;
            Request(PTRACE_GETREGS, 0, (nint)(&registers));
            return registers;
        }
    }

    /// <summary>Replaces the general registers.</summary>
    public void SetRegisters(in user_regs_struct registers)
    {
        fixed (user_regs_struct* pointer = &registers) Request(PTRACE_SETREGS, 0, (nint)pointer);
    }

    /// <summary>At a system call stop: which call and its arguments, or its result (Linux 5.3).</summary>
    public ptrace_syscall_info SyscallInfo
    {
        get
        {
            ptrace_syscall_info info = default;
            Request(PTRACE_GET_SYSCALL_INFO, sizeof(ptrace_syscall_info), (nint)(&info));
            return info;
        }
    }

    /// <summary>At a stop for a new process or thread: its number. At an exec: the number that the thread had before.</summary>
    public int EventMessage
    {
        get
        {
            ulong message;
            Request(PTRACE_GETEVENTMSG, 0, (nint)(&message));
            return (int)message;
        }
    }

    /// <summary>At a signal's stop: whether the kernel itself sent it (<c>SI_KERNEL</c>), not a process.</summary>
    public bool IsSignalOfKernel
    {
        get
        {
            // siginfo_t of include/uapi/asm-generic/siginfo.h: si_signo, si_errno, si_code.
            const int sizeOfSiginfo = 128, si_code = 2, SI_KERNEL = 0x80;
            int* info = stackalloc int[sizeOfSiginfo / sizeof(int)];
            Request(PTRACE_GETSIGINFO, 0, (nint)info);
            return info[si_code] == SI_KERNEL;
        }
    }

    /// <summary>The signals that the thread blocks, bit 0 for signal 1.</summary>
    public ulong SignalMask
    {
        get
        {
            ulong mask;
            Request(PTRACE_GETSIGMASK, sizeof(ulong), (nint)(&mask));
            return mask;
        }
    }

    /// <summary>Replaces the signals that the thread blocks.</summary>
    public void SetSignalMask(ulong mask) => Request(PTRACE_SETSIGMASK, sizeof(ulong), (nint)(&mask));

    /// <summary>Replaces what the tracer wants to be told of, and what becomes of the thread when the tracer dies.</summary>
    internal void SetOptions(PtraceOptions options) => Request(PTRACE_SETOPTIONS, 0, (nint)options);

    /// <summary>Reads the thread's memory. False where a part of it is not mapped.</summary>
    public bool TryReadMemory(ulong address, Span<byte> bytes)
    {
        Require();
        fixed (byte* local = bytes)
        {
            var here = new iovec_t { iov_base = local, iov_len = (nuint)bytes.Length };
            var there = new iovec_t { iov_base = (void*)address, iov_len = (nuint)bytes.Length };
            return Libc.process_vm_readv(Tid, &here, 1, &there, 1, 0) == bytes.Length;
        }
    }

    /// <summary>Writes the thread's memory, which must be mapped and writable.</summary>
    public void WriteMemory(ulong address, ReadOnlySpan<byte> bytes)
    {
        Require();
        fixed (byte* local = bytes)
        {
            var here = new iovec_t { iov_base = local, iov_len = (nuint)bytes.Length };
            var there = new iovec_t { iov_base = (void*)address, iov_len = (nuint)bytes.Length };
            if (Libc.process_vm_writev(Tid, &here, 1, &there, 1, 0) != bytes.Length) throw new LinuxException($"process_vm_writev({Tid})", Libc.LastErrno);
        }
    }

    /// <summary>Lets the thread run on, to its next system call stop or to its next event.</summary>
    /// <param name="toNextSyscall">Whether it stops at the next entry or exit of a system call.</param>
    /// <param name="signal">A signal to deliver, or 0.</param>
    /// <returns>False where the thread is gone (killed meanwhile).</returns>
    public bool Resume(bool toNextSyscall, int signal = 0) => Leave(toNextSyscall ? PTRACE_SYSCALL : PTRACE_CONT, signal);

    /// <summary>Has another stop follow this one, before the thread runs.</summary>
    internal void Interrupt() => Request(PTRACE_INTERRUPT, 0, 0);

    /// <summary>At a group stop: leaves the thread stopped, as the user wants it, and waits for what comes next.</summary>
    public bool Listen() => Leave(PTRACE_LISTEN, 0);

    /// <summary>Ends the tracing; the thread runs on, with the signal delivered that is not 0.</summary>
    public bool Detach(int signal = 0) => Leave(PTRACE_DETACH, signal);

    /// <summary>Waits for the next stop after <see cref="Resume"/>: for a thread that is traced alone.</summary>
    internal StoppedTracee ResumeAndWait(bool toNextSyscall, int signal, TimeSpan limit)
    {
        RunningTracee tracee = _tracee;
        if (!Resume(toNextSyscall, signal)) throw new LinuxException($"ptrace(PTRACE_SYSCALL, {tracee.Tid})", Errno.ESRCH);
        PtraceStop stop = tracee.Wait(limit);
        return stop.HasEnded ? throw new LinuxException($"waitpid({tracee.Tid})", Errno.ESRCH) : tracee.Stopped(stop);
    }

    private bool Leave(int request, int signal)
    {
        Require();
        _tracee.Resumed();
        if (Libc.ptrace(request, Tid, 0, signal) == 0) return true;
        return Marshal.GetLastSystemError() == Errno.ESRCH.Number ? false : throw RunningTracee.Failed($"request {request}", Tid);
    }

    private void Request(int request, nint address, nint data)
    {
        Require();
        if (Libc.ptrace(request, Tid, address, data) < 0) throw RunningTracee.Failed($"request {request:x}", Tid);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Require()
    {
        if (_tracee is null || _tracee.Turn != _turn) throw new InvalidOperationException("the thread was resumed: this stop is over");
    }
}
