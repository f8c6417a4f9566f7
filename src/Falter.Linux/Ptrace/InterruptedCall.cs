using Falter.Linux.Proc;
using Falter.Records;

namespace Falter.Linux.Ptrace;

/// <summary>What becomes of a system call that a thread was in when it was made to stop.</summary>
internal static class InterruptedCall
{
    // The instruction `syscall` has two bytes.
    private const ulong SyscallLength = 2;

    // man 7 signal: "fail with EINTR even when no handler was called, after the process is stopped by a signal and then resumed", as far as they have no side effect.
    private static readonly HashSet<Syscall> s_neverMadeAgain =
        [.. new[] { "epoll_wait", "epoll_pwait", "epoll_pwait2", "semop", "semtimedop", "rt_sigtimedwait", "io_getevents", "io_pgetevents" }.Select(Syscall.Named)];

    /// <summary>Whether the call fails with EINTR when its thread is made to stop, although no signal has come.</summary>
    public static bool ReportsInterruption(Syscall call) => s_neverMadeAgain.Contains(call);

    /// <summary>
    /// The registers with which a thread goes on that a tracer has interrupted. Most waits are made again by the kernel, but some would report EINTR to a program that
    /// no signal has reached: these are made again as the kernel would do it, unless a signal waits. A limit of time that the call has begins anew.
    /// </summary>
    /// <param name="tid">The thread, in the stop that PTRACE_INTERRUPT led to.</param>
    /// <param name="registers">Its registers there.</param>
    public static user_regs_struct ToBeMadeAgain(int tid, user_regs_struct registers)
    {
        if ((long)registers.rax != -Errno.EINTR.Number || registers.orig_rax > (ulong)short.MaxValue || !ReportsInterruption(new Syscall((short)registers.orig_rax))) return registers;
        if (ProcessStatus.Read(tid) is not { HasDeliverableSignal: false }) return registers;
        registers.rax = registers.orig_rax;
        registers.orig_rax = ulong.MaxValue;
        registers.rip -= SyscallLength;
        return registers;
    }
}
