using System.Runtime.InteropServices;

namespace Falter.Linux.Interop;

internal static unsafe partial class Libc
{
    // Numbers of arch/x86/entry/syscalls/syscall_64.tbl for the calls made through syscall(2).
    public const int SYS_prctl = 157, SYS_ptrace = 101, SYS_tgkill = 234, SYS_seccomp = 317, SYS_pidfd_send_signal = 424, SYS_pidfd_open = 434,
        SYS_close = 3, SYS_mmap = 9, SYS_munmap = 11, SYS_close_range = 436, SYS_pidfd_getfd = 438, SYS_restart_syscall = 219,
        SYS_timer_create = 222, SYS_timer_settime = 223, SYS_timer_delete = 226, SYS_sched_setaffinity = 203, SYS_sched_getaffinity = 204, SYS_getcpu = 309;

    // <time.h>, <signal.h>
    public const int CLOCK_MONOTONIC = 1, SIGEV_THREAD_ID = 4;

    // <sys/wait.h>
    public const int WNOHANG = 1, __WALL = 0x40000000, __WNOTHREAD = 0x20000000;

    // <fcntl.h>
    public const int O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_CREAT = 0x40, O_EXCL = 0x80, O_APPEND = 0x400, O_CLOEXEC = 0x80000;
    public const int F_SETSIG = 10, F_SETLEASE = 1024, F_DUPFD_CLOEXEC = 1030, F_WRLCK = 1, F_UNLCK = 2;

    public const int SIGKILL = 9, SIGTERM = 15, SIGCONT = 18, SIGSTOP = 19, SIGTSTP = 20, SIGTTIN = 21, SIGTTOU = 22, SIGURG = 23, SIGTRAP = 5;

    // <sys/file.h>
    public const int LOCK_EX = 2, LOCK_NB = 4;

    public const int X_OK = 1;

    public const short POLLIN = 1, POLLERR = 8, POLLHUP = 16;

    public const int PR_SET_CHILD_SUBREAPER = 36, PR_SET_NO_NEW_PRIVS = 38;

    public const uint MFD_CLOEXEC = 1;

    // <linux/membarrier.h>
    public const int SYS_membarrier = 324, MEMBARRIER_CMD_GLOBAL = 1;

    public const int PROT_READ = 1, PROT_WRITE = 2, MAP_SHARED = 1, MAP_PRIVATE = 2, MAP_ANONYMOUS = 0x20;

    public const short POSIX_SPAWN_SETSIGDEF = 0x04, POSIX_SPAWN_SETSIGMASK = 0x08, POSIX_SPAWN_SETSID = 0x80;

    // Sizes of glibc's opaque types on x86-64; a test compares them with the C compiler's.
    public const int SizeOf_posix_spawnattr_t = 336, SizeOf_posix_spawn_file_actions_t = 80, SizeOf_sigset_t = 128;
}


/// <summary><c>struct timespec</c>.</summary>
internal struct timespec_t
{
    public long tv_sec;
    public long tv_nsec;
}

/// <summary><c>struct iovec</c>.</summary>
internal unsafe struct iovec_t
{
    public void* iov_base;
    public nuint iov_len;
}

/// <summary>glibc's <c>struct sigaction</c>: the handler comes first, as its union does.</summary>
internal unsafe struct sigaction_t
{
    public void* sa_handler;
    public fixed ulong sa_mask[16];
    public int sa_flags;
    public void* sa_restorer;
}

/// <summary><c>struct sigevent</c> with SIGEV_THREAD_ID.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal struct sigevent_t
{
    [FieldOffset(8)] public int sigev_signo;
    [FieldOffset(12)] public int sigev_notify;
    [FieldOffset(16)] public int sigev_notify_thread_id;
}

/// <summary><c>struct itimerspec</c>.</summary>
internal struct itimerspec_t
{
    public long interval_sec, interval_nsec, value_sec, value_nsec;
}
