using System.Globalization;

namespace Falter.Records;

/// <summary>
/// What the arguments of a system call are, as far as rules ask: paths, descriptors, addresses, lengths. From the calls' prototypes
/// (<c>include/linux/syscalls.h</c>, Linux 6.17).
/// </summary>
public sealed class CallArguments
{
    // fN a descriptor; pN a path; dN/M a path M relative to the folder of descriptor N; sN a struct sockaddr with its length in N+1; mN a struct msghdr;
    // nN the length of what is moved. Calls with the same form stand together.
    private static readonly (string Form, string Calls)[] s_forms =
    [
        ("p0", "open stat lstat access chdir mkdir rmdir creat unlink readlink chmod chown lchown truncate utime mknod uselib statfs chroot acct umount2 swapon swapoff execve utimes " +
            "setxattr lsetxattr getxattr lgetxattr listxattr llistxattr removexattr lremovexattr"),
        ("p0 p1", "rename link pivot_root"),
        ("p1", "symlink mount quotactl"),
        ("d0/1", "openat mkdirat mknodat fchownat futimesat newfstatat unlinkat readlinkat fchmodat faccessat utimensat name_to_handle_at statx openat2 faccessat2 fchmodat2 execveat " +
            "open_tree open_tree_attr fspick mount_setattr setxattrat getxattrat listxattrat removexattrat"),
        ("d0/1 d2/3", "renameat renameat2 linkat move_mount"),
        ("d1/2", "symlinkat"),
        ("f0 d3/4", "fanotify_mark"),
        ("f0 p1", "inotify_add_watch"),
        ("f0 n2", "read write pread64 pwrite64 recvfrom"),
        ("f0 s4 n2", "sendto"),
        ("f0 s1", "connect bind"),
        ("f0 m1", "sendmsg"),
        ("f0 f1 n3", "sendfile"),
        ("f0 f2 n4", "splice copy_file_range"),
        ("f0 f1 n2", "tee"),
        ("n1", "getrandom"),
        ("f4", "mmap"),
        ("f0 f2", "epoll_ctl"),
        ("f0", "close fstat lseek ioctl readv writev dup dup2 dup3 accept accept4 recvmsg shutdown listen getsockname getpeername setsockopt getsockopt fcntl flock fsync fdatasync ftruncate " +
            "getdents getdents64 fchdir fchmod fchown fstatfs readahead fsetxattr fgetxattr flistxattr fremovexattr fadvise64 epoll_wait epoll_pwait epoll_pwait2 sync_file_range vmsplice fallocate " +
            "preadv pwritev preadv2 pwritev2 recvmmsg sendmmsg syncfs setns io_uring_enter timerfd_settime timerfd_gettime finit_module pidfd_send_signal process_madvise process_mrelease cachestat " +
            "quotactl_fd inotify_rm_watch mq_timedsend mq_timedreceive mq_notify mq_getsetattr pidfd_getfd signalfd signalfd4"),
    ];

    private static readonly CallArguments s_none = new("");
    private static readonly Dictionary<Syscall, CallArguments> s_ofCall =
        s_forms.SelectMany(f => f.Calls.Split(' ').Select(c => (Call: Syscall.Named(c), Arguments: new CallArguments(f.Form)))).ToDictionary(c => c.Call, c => c.Arguments);

    private CallArguments(string form)
    {
        foreach (string part in form.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            int[] indices = [.. part[1..].Split('/').Select(i => int.Parse(i, CultureInfo.InvariantCulture))];
            switch (part[0])
            {
                case 'f': Descriptors = [.. Descriptors, indices[0]]; break;
                case 'p': Paths = [.. Paths, (null, indices[0])]; break;
                case 'd': Paths = [.. Paths, (indices[0], indices[1])]; break;
                case 's': Address = indices[0]; break;
                case 'm': MessageHeader = indices[0]; break;
                case 'n': Length = indices[0]; break;
            }
        }
    }

    /// <summary>Arguments that are descriptors.</summary>
    public IReadOnlyList<int> Descriptors { get; } = [];

    /// <summary>Arguments that point to a path, each with the descriptor of the folder that it is relative to; null: to the working folder.</summary>
    public IReadOnlyList<(int? Folder, int Path)> Paths { get; } = [];

    /// <summary>The argument that points to a <c>struct sockaddr</c>; the next one is its length.</summary>
    public int? Address { get; }

    /// <summary>The argument that points to a <c>struct msghdr</c>.</summary>
    public int? MessageHeader { get; }

    /// <summary>The argument that says how many bytes are to be moved.</summary>
    public int? Length { get; }

    /// <summary>Those of a call; none where nothing is known of it.</summary>
    public static CallArguments Of(Syscall call) => s_ofCall.GetValueOrDefault(call, s_none);
}
