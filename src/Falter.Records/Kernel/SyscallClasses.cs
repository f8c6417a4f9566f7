namespace Falter.Records;

/// <summary>
/// Classes of system calls, under the names and with the members of strace's <c>-e trace=</c> (strace(1), "Filtering"), as strace 6.1 itself treats each call;
/// calls that are younger are placed by the manual's definitions. A test asks the strace that is installed.
/// </summary>
public static class SyscallClasses
{
    private static readonly (string Name, string Members)[] s_table =
    [
        ("%file",
            "open stat lstat access execve truncate getcwd chdir rename mkdir rmdir creat link unlink symlink readlink chmod chown lchown utime mknod uselib statfs " +
            "pivot_root chroot acct mount umount2 swapon swapoff quotactl setxattr lsetxattr getxattr lgetxattr listxattr llistxattr removexattr lremovexattr " +
            "utimes inotify_add_watch openat mkdirat mknodat fchownat futimesat newfstatat unlinkat renameat linkat symlinkat readlinkat fchmodat faccessat " +
            "utimensat fanotify_mark name_to_handle_at renameat2 execveat statx open_tree move_mount fsconfig fspick openat2 faccessat2 mount_setattr fchmodat2 " +
            "setxattrat getxattrat listxattrat removexattrat open_tree_attr"),
        ("%desc",
            "read write open close fstat poll lseek mmap ioctl pread64 pwrite64 readv writev pipe select dup dup2 sendfile fcntl flock fsync fdatasync ftruncate " +
            "getdents fchdir creat fchmod fchown fstatfs readahead fsetxattr fgetxattr flistxattr fremovexattr epoll_create getdents64 fadvise64 epoll_wait " +
            "epoll_ctl mq_open mq_timedsend mq_timedreceive mq_notify mq_getsetattr inotify_init inotify_add_watch inotify_rm_watch openat mkdirat mknodat fchownat " +
            "futimesat newfstatat unlinkat renameat linkat symlinkat readlinkat fchmodat faccessat pselect6 ppoll splice tee sync_file_range vmsplice utimensat " +
            "epoll_pwait signalfd timerfd_create eventfd fallocate timerfd_settime timerfd_gettime signalfd4 eventfd2 epoll_create1 dup3 pipe2 inotify_init1 preadv " +
            "pwritev perf_event_open fanotify_init fanotify_mark name_to_handle_at open_by_handle_at syncfs setns finit_module renameat2 memfd_create " +
            "kexec_file_load bpf execveat userfaultfd copy_file_range preadv2 pwritev2 statx pidfd_send_signal io_uring_setup io_uring_enter io_uring_register " +
            "open_tree move_mount fsopen fsconfig fsmount fspick pidfd_open openat2 pidfd_getfd faccessat2 process_madvise epoll_pwait2 mount_setattr quotactl_fd " +
            "landlock_create_ruleset landlock_add_rule landlock_restrict_self memfd_secret process_mrelease cachestat fchmodat2 setxattrat getxattrat listxattrat " +
            "removexattrat open_tree_attr"),
        ("%network",
            "sendfile socket connect accept sendto recvfrom sendmsg recvmsg shutdown bind listen getsockname getpeername socketpair setsockopt getsockopt getpmsg " +
            "putpmsg accept4 recvmmsg sendmmsg"),
        ("%process", "clone fork vfork execve exit wait4 kill rt_sigqueueinfo tkill exit_group tgkill waitid rt_tgsigqueueinfo execveat pidfd_send_signal clone3"),
        ("%signal",
            "rt_sigaction rt_sigprocmask rt_sigreturn pause kill rt_sigpending rt_sigtimedwait rt_sigqueueinfo rt_sigsuspend sigaltstack tkill tgkill signalfd " +
            "signalfd4 rt_tgsigqueueinfo pidfd_send_signal io_uring_enter"),
        ("%ipc", "shmget shmat shmctl semget semop semctl shmdt msgget msgsnd msgrcv msgctl semtimedop"),
        ("%memory",
            "mmap mprotect munmap brk mremap msync mincore madvise shmat shmdt mlock munlock mlockall munlockall io_setup io_destroy remap_file_pages mbind " +
            "set_mempolicy get_mempolicy migrate_pages move_pages mlock2 pkey_mprotect io_uring_register set_mempolicy_home_node map_shadow_stack mseal"),
        ("%creds",
            "getuid getgid setuid setgid geteuid getegid setreuid setregid getgroups setgroups setresuid getresuid setresgid getresgid setfsuid setfsgid capget " +
            "capset prctl"),
        ("%clock", "gettimeofday adjtimex settimeofday time clock_settime clock_gettime clock_getres clock_adjtime"),
        ("%pure", "getpid getuid getgid geteuid getegid getppid getpgrp gettid"),
        ("%stat", "stat"),
        ("%lstat", "lstat"),
        ("%fstat", "fstat newfstatat statx"),
        ("%%stat", "stat fstat lstat newfstatat statx"),
        ("%statfs", "statfs"),
        ("%fstatfs", "fstatfs"),
        ("%%statfs", "ustat statfs fstatfs"),
    ];

    private static readonly Dictionary<string, Syscall[]> s_byName = s_table.ToDictionary(c => c.Name, c => c.Members.Split(' ').Select(Syscall.Named).OrderBy(s => s.Number).ToArray(), StringComparer.Ordinal);

    private static readonly ILookup<Syscall, string> s_byCall = s_table.SelectMany(c => s_byName[c.Name].Select(call => (call, c.Name))).ToLookup(c => c.call, c => c.Name);

    /// <summary>The classes' names, with their <c>%</c>; the larger classes first. <c>%net</c> is taken for <c>%network</c>, as in strace.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. s_table.Select(c => c.Name)];

    /// <summary>The calls of a class; null where there is no class of that name.</summary>
    /// <param name="name">With its <c>%</c>.</param>
    public static IReadOnlyList<Syscall>? Members(string name) => s_byName.GetValueOrDefault(name == "%net" ? "%network" : name);

    /// <summary>The classes that a call is in, in the order of <see cref="Names"/>; empty where it is in none.</summary>
    public static IReadOnlyList<string> Of(Syscall call) => [.. s_byCall[call]];
}
