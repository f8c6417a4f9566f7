using Falter.Records;

namespace Falter.Linux.Ebpf;

/// <summary>
/// The <c>security_*</c> functions that the kernel passes in a call before it has done anything, and whose error it hands on as it is (Linux 6.1 and 6.12; eng/try-override
/// holds the table against real kernels). Calls whose hooks make the kernel report an error of its own are left out, as are those that pass no hook, or not always (getsid of the caller itself).
/// </summary>
internal static class SecurityHooks
{
    // Walking a path asks for each folder on it, before the call does anything with what is at its end.
    private const string Walk = "inode_permission";

    private static readonly (string Hooks, string Calls)[] s_table =
    [
        (Walk + " file_open", "open openat openat2 creat execve execveat"),
        (Walk + " inode_getattr", "stat lstat newfstatat statx"),
        (Walk + " inode_readlink", "readlink readlinkat"),
        (Walk + " path_truncate", "truncate"),
        (Walk + " sb_statfs", "statfs"),
        (Walk,
            "access faccessat faccessat2 chdir fchdir chroot mkdir mkdirat mknod mknodat rmdir unlink unlinkat rename renameat renameat2 link linkat symlink symlinkat chmod fchmodat " +
            "fchmodat2 chown lchown fchownat utime utimes futimesat setxattr lsetxattr getxattr lgetxattr listxattr llistxattr removexattr lremovexattr inotify_add_watch mount umount2"),
        (Walk + " inode_setattr", "utimensat"),
        ("inode_getattr", "fstat"),
        ("sb_statfs", "fstatfs"),
        ("path_chmod", "fchmod"),
        ("path_chown", "fchown"),
        ("file_truncate path_truncate", "ftruncate"),
        ("inode_setxattr", "fsetxattr"),
        ("inode_getxattr", "fgetxattr"),
        ("inode_listxattr", "flistxattr"),
        ("file_permission",
            "read write pread64 pwrite64 readv writev preadv pwritev preadv2 pwritev2 getdents getdents64 fallocate sendfile splice copy_file_range"),
        ("file_fcntl", "fcntl"),
        ("file_lock", "flock"),
        ("file_ioctl", "ioctl"),
        ("mmap_file", "mmap"),
        ("file_mprotect", "mprotect"),
        ("file_alloc", "eventfd eventfd2 epoll_create epoll_create1 timerfd_create inotify_init inotify_init1 signalfd signalfd4 pidfd_open"),
        ("socket_create", "socket socketpair"),
        ("socket_bind", "bind"),
        ("socket_listen", "listen"),
        ("socket_accept", "accept accept4"),
        ("socket_connect", "connect"),
        ("socket_sendmsg", "sendto sendmsg sendmmsg"),
        ("socket_recvmsg", "recvfrom recvmsg recvmmsg"),
        ("socket_shutdown", "shutdown"),
        ("socket_setsockopt", "setsockopt"),
        ("socket_getsockopt", "getsockopt"),
        ("socket_getsockname", "getsockname"),
        ("socket_getpeername", "getpeername"),
        ("task_kill", "kill tkill tgkill"),
        ("task_setscheduler", "sched_setaffinity sched_setscheduler sched_setparam"),
        ("task_getscheduler", "sched_getaffinity sched_getscheduler sched_getparam"),
        ("task_setnice", "setpriority"),
        ("task_prctl", "prctl"),
        ("task_setpgid", "setpgid"),
        ("task_fix_setuid", "setuid setreuid setresuid"),
        ("task_fix_setgid", "setgid setregid setresgid"),
        ("task_alloc", "fork vfork clone clone3"),
        ("capset", "capset"),
        ("shm_alloc shm_associate", "shmget"),
        ("sem_alloc sem_associate", "semget"),
        ("msg_queue_alloc msg_queue_associate", "msgget"),
    ];

    private static readonly Dictionary<Syscall, string[]> s_ofCall =
        s_table.SelectMany(t => t.Calls.Split(' ').Select(c => (Call: Syscall.Named(c), t.Hooks))).ToDictionary(t => t.Call, t => t.Hooks.Split(' '));

    /// <summary>The calls that have hooks.</summary>
    public static IEnumerable<Syscall> Calls => s_ofCall.Keys;

    /// <summary>The hooks of a call, without their <c>security_</c>; none where it has none.</summary>
    public static IReadOnlyList<string> Of(Syscall call) => s_ofCall.GetValueOrDefault(call, []);
}
