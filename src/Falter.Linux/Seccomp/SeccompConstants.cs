using System.Runtime.InteropServices;

namespace Falter.Linux.Seccomp;

/// <summary>Numbers of <c>include/uapi/linux/seccomp.h</c>, <c>audit.h</c> and <c>bpf_common.h</c>, named as there.</summary>
internal static class SeccompConstants
{
    public const int SECCOMP_SET_MODE_FILTER = 1;

    public const uint SECCOMP_FILTER_FLAG_TSYNC = 1 << 0, SECCOMP_FILTER_FLAG_NEW_LISTENER = 1 << 3, SECCOMP_FILTER_FLAG_TSYNC_ESRCH = 1 << 4,
        SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV = 1 << 5;

    public const uint SECCOMP_RET_ALLOW = 0x7fff0000, SECCOMP_RET_USER_NOTIF = 0x7fc00000;

    // _IOWR('!', 0, struct seccomp_notif), _IOWR('!', 1, struct seccomp_notif_resp), _IOW('!', 2, __u64), _IOW('!', 4, __u64)
    public const ulong SECCOMP_IOCTL_NOTIF_RECV = 0xc0502100, SECCOMP_IOCTL_NOTIF_SEND = 0xc0182101,
        SECCOMP_IOCTL_NOTIF_ID_VALID = 0x40082102, SECCOMP_IOCTL_NOTIF_SET_FLAGS = 0x40082104;

    public const ulong SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP = 1;

    public const uint SECCOMP_USER_NOTIF_FLAG_CONTINUE = 1;

    public const uint AUDIT_ARCH_X86_64 = 0xc000003e;

    /// <summary>Bit of the number of a call made through the x32 interface (<c>arch/x86/include/uapi/asm/unistd.h</c>).</summary>
    public const uint X32_SYSCALL_BIT = 0x40000000;

    public const ushort BPF_LD_W_ABS = 0x20, BPF_JMP_JEQ_K = 0x15, BPF_JMP_JGE_K = 0x35, BPF_RET_K = 0x06;
}

/// <summary><c>struct seccomp_data</c>: a call, its architecture and its arguments.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct seccomp_data
{
    public int nr;
    public uint arch;
    public ulong instruction_pointer;
    public fixed ulong args[6];

    /// <summary>The six arguments.</summary>
    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    public readonly ReadOnlySpan<ulong> Arguments => MemoryMarshal.CreateReadOnlySpan(ref System.Runtime.CompilerServices.Unsafe.AsRef(in args[0]), 6);
}

/// <summary><c>struct seccomp_notif</c>: a call that waits for an answer.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct seccomp_notif
{
    public ulong id;
    public uint pid;
    public uint flags;
    public seccomp_data data;
}

/// <summary><c>struct seccomp_notif_resp</c>: the answer.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct seccomp_notif_resp
{
    public ulong id;
    public long val;
    public int error;
    public uint flags;
}

/// <summary><c>struct sock_filter</c>: one instruction of classic BPF.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct sock_filter
{
    public ushort code;
    public byte jt;
    public byte jf;
    public uint k;
}

/// <summary><c>struct sock_fprog</c>: a program of classic BPF.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct sock_fprog
{
    public ushort len;
    public ulong filter;
}
