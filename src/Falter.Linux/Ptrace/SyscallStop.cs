using Falter.Linux.Interop;

namespace Falter.Linux.Ptrace;

/// <summary>What can be asked and done at a stop at the entry or exit of a system call.</summary>
public static class SyscallStop
{
    /// <summary>Whether the call is the kernel's own continuation of one that a signal interrupted.</summary>
    public static bool IsRestart(ulong number) => number == Libc.SYS_restart_syscall;

    /// <summary>Whether a result says that the call was interrupted and will be made again (ERESTARTSYS to ERESTART_RESTARTBLOCK).</summary>
    public static bool IsInterrupted(long result) => result is <= -512 and >= -516;

    /// <summary>
    /// At the entry: the call is not carried out and reports an errno. Number -1 is no call, so the kernel leaves the result register alone
    /// (<c>arch/x86/entry/syscall_64.c</c>, do_syscall_64).
    /// </summary>
    public static void SkipAndFail(StoppedTracee stopped, Falter.Records.Errno errno)
    {
        user_regs_struct registers = stopped.Registers;
        registers.orig_rax = ulong.MaxValue;
        registers.rax = (ulong)-errno.Number;
        stopped.SetRegisters(registers);
    }

    /// <summary>At the exit: the call was carried out and reports an errno in place of its result.</summary>
    public static void FailAfterwards(StoppedTracee stopped, Falter.Records.Errno errno)
    {
        user_regs_struct registers = stopped.Registers;
        registers.rax = (ulong)-errno.Number;
        stopped.SetRegisters(registers);
    }
}
