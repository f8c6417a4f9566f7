using Falter.Linux.Interop;

namespace Falter.Linux.Ptrace;

/// <summary>What can be asked and done at a stop at the entry or exit of a system call of the 64-bit interface.</summary>
public static class SyscallStop
{
    /// <summary>The register that holds "no system call".</summary>
    internal const ulong NoCall = ulong.MaxValue;

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
    /// At the entry: the call is not carried out and returns a value or a negated errno. Number -1 is no call, so the kernel leaves the result register alone
    /// (<c>arch/x86/entry/syscall_64.c</c>, do_syscall_64). Its exit stop comes nevertheless.
    /// </summary>
    public static void Skip(StoppedTracee stopped, long result)
    {
        user_regs_struct registers = stopped.Registers;
        registers.orig_rax = NoCall;
        registers.rax = (ulong)result;
        stopped.SetRegisters(registers);
    }

    /// <summary>At the exit: the call was carried out and returns another value or a negated errno.</summary>
    public static void ReplaceResult(StoppedTracee stopped, long result)
    {
        user_regs_struct registers = stopped.Registers;
        SetResult(ref registers, result);
        stopped.SetRegisters(registers);
    }

    /// <summary>
    /// At the entry: the call is given another argument. The register keeps it beyond the call, while programs rely on all but rax, rcx and r11: at the exit it
    /// must be put back, by the same method. Should the tracer die in between, the program finds the changed value there.
    /// </summary>
    /// <param name="stopped">The stop.</param>
    /// <param name="index">Which argument, 0 to 5.</param>
    /// <param name="value">The value.</param>
    public static void SetArgument(StoppedTracee stopped, int index, ulong value)
    {
        user_regs_struct registers = stopped.Registers;
        switch (index)
        {
            case 0: registers.rdi = value; break;
            case 1: registers.rsi = value; break;
            case 2: registers.rdx = value; break;
            case 3: registers.r10 = value; break;
            case 4: registers.r8 = value; break;
            case 5: registers.r9 = value; break;
            default: throw new ArgumentOutOfRangeException(nameof(index));
        }
        stopped.SetRegisters(registers);
    }

    /// <summary>A result in the registers. One that the kernel would take for an interrupted call's must not look like a call's result at all.</summary>
    internal static void SetResult(ref user_regs_struct registers, long result)
    {
        registers.rax = (ulong)result;
        if (IsInterrupted(result)) registers.orig_rax = NoCall;
    }
}
