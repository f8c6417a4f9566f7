using System.Runtime.InteropServices;

namespace Falter.Linux.Features;

/// <summary>System calls by number, for probes: they must reach the kernel even where the C library has no wrapper.</summary>
internal static unsafe partial class RawSyscall
{
    // arch/x86/entry/syscalls/syscall_64.tbl
    public const long SYS_getppid = 110, SYS_ptrace = 101, SYS_prctl = 157, SYS_ioctl = 16, SYS_poll = 7, SYS_socket = 41, SYS_sendto = 44, SYS_recvfrom = 45,
        SYS_unshare = 272, SYS_seccomp = 317, SYS_bpf = 321, SYS_membarrier = 324, SYS_io_uring_setup = 425, SYS_pidfd_open = 434, SYS_close_range = 436, SYS_pidfd_getfd = 438;

    public const int EPERM = 1, ENOENT = 2, EACCES = 13, EFAULT = 14, EINVAL = 22, ENOSYS = 38, EOPNOTSUPP = 95, ENOTSUPP = 524;

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint syscall(long number, nint a, nint b, nint c, nint d, nint e, nint f);

    /// <summary>The call's result; a failure is the errno, negated.</summary>
    public static long Call(long number, nint a = 0, nint b = 0, nint c = 0, nint d = 0, nint e = 0, nint f = 0)
    {
        nint result = syscall(number, a, b, c, d, e, f);
        return result == -1 ? -Marshal.GetLastPInvokeError() : result;
    }

    /// <summary><c>EPERM</c> for -1; 524 is the kernel's own ENOTSUPP, which no header of the C library names.</summary>
    public static string Name(long failure) => failure == -ENOTSUPP ? "ENOTSUPP" : new Records.Errno((short)-failure).Name;
}
