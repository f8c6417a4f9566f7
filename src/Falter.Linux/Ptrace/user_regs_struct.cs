using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Falter.Linux.Ptrace;

/// <summary><c>struct user_regs_struct</c> of x86-64 (<c>arch/x86/include/asm/user_64.h</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct user_regs_struct
{
    public ulong r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi, orig_rax, rip, cs, eflags, rsp, ss,
        fs_base, gs_base, ds, es, fs, gs;
}

/// <summary><c>struct ptrace_syscall_info</c>: at an entry number and arguments, at an exit the result, in the same place.</summary>
[StructLayout(LayoutKind.Explicit, Size = 88)]
public unsafe struct ptrace_syscall_info
{
    [FieldOffset(0)] public byte op;
    [FieldOffset(4)] public uint arch;
    [FieldOffset(8)] public ulong instruction_pointer;
    [FieldOffset(16)] public ulong stack_pointer;
    [FieldOffset(24)] public ulong entry_nr;
    [FieldOffset(32)] public fixed ulong entry_args[6];
    [FieldOffset(24)] public long exit_rval;
    [FieldOffset(32)] public byte exit_is_error;

    /// <summary>PTRACE_SYSCALL_INFO_ENTRY and PTRACE_SYSCALL_INFO_EXIT, the values of <see cref="op"/> that say which half is valid.</summary>
    public const byte Entry = 1, Exit = 2;

    private const uint AUDIT_ARCH_X86_64 = 0xc000003e;

    /// <summary>Whether the call was made through the 64-bit interface; an x32 call has a number of 2^30 or more.</summary>
    public readonly bool IsX64 => arch == AUDIT_ARCH_X86_64;

    /// <summary>At an entry: the six arguments.</summary>
    [UnscopedRef]
    public readonly ReadOnlySpan<ulong> Arguments => MemoryMarshal.CreateReadOnlySpan(ref Unsafe.AsRef(in entry_args[0]), 6);
}
