using Falter.Linux.Interop;

namespace Falter.Linux.Ptrace;

/// <summary>What can be asked and done at a stop at the entry or exit of a system call.</summary>
public static class SyscallStop
{
    /// <summary>Whether the call is the kernel's own continuation of one that a signal interrupted.</summary>
    public static bool IsRestart(ulong number) => number == Libc.SYS_restart_syscall;

    /// <summary>
    /// Whether the call's number may be another at its exit: execve gives it the number that execve has in the new program's table, and a signal handler's
    /// return restores that of the interrupted program, -1 where it was in no call (<c>arch/x86/kernel</c>: process_64.c, signal_64.c).
    /// </summary>
    /// <param name="number">As at the entry, with bit 30 for calls of the x32 interface.</param>
    /// <param name="isX64">False for calls of the 32-bit interface.</param>
    public static bool MayChangeNumber(ulong number, bool isX64) => isX64
        ? number is 15 or 59 or 322 or (0x4000_0000 | 513) or (0x4000_0000 | 520) or (0x4000_0000 | 545)
        : number is 11 or 119 or 173 or 358;

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
