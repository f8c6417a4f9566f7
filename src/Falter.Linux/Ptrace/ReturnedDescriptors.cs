using System.Buffers.Binary;
using Falter.Records;

namespace Falter.Linux.Ptrace;

/// <summary>
/// The descriptors that a finished call has just given its caller: nobody will ever close them when the caller is told that the call has failed.
/// </summary>
/// <remarks>
/// Not among them: the number that dup2 and dup3 are told (the caller knows it, and what it was before is gone either way), a signalfd that was changed, and
/// descriptors that arrive by other ways, as messages (recvmsg with SCM_RIGHTS) or results of ioctl, bpf, seccomp and clone.
/// </remarks>
public static class ReturnedDescriptors
{
    private const ulong F_DUPFD = 0, F_DUPFD_CLOEXEC = 1030;

    private static readonly HashSet<short> s_inResult = Numbers(
        "open creat openat openat2 open_by_handle_at open_tree open_tree_attr socket accept accept4 dup epoll_create epoll_create1 eventfd eventfd2 timerfd_create " +
        "memfd_create memfd_secret inotify_init inotify_init1 fanotify_init userfaultfd perf_event_open pidfd_open pidfd_getfd mq_open io_uring_setup fsopen fsmount fspick");

    // A version instead of a descriptor is what landlock_create_ruleset returns with any flag; with -1 as its descriptor signalfd makes a new one.
    private static readonly short s_fcntl = Syscall.Named("fcntl").Number, s_landlock = Syscall.Named("landlock_create_ruleset").Number,
        s_socketpair = Syscall.Named("socketpair").Number;

    private static readonly HashSet<short> s_signalfds = Numbers("signalfd signalfd4"), s_pipes = Numbers("pipe pipe2");

    /// <summary>Those of a call that has returned.</summary>
    /// <param name="stopped">The thread that made it.</param>
    /// <param name="call">The call.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="result">What it returned.</param>
    public static IReadOnlyList<int> Of(StoppedTracee stopped, Syscall call, ReadOnlySpan<ulong> arguments, long result)
    {
        if (result < 0) return [];
        if (s_pipes.Contains(call.Number)) return Pair(stopped, arguments[0]);
        if (call.Number == s_socketpair) return Pair(stopped, arguments[3]);
        bool isNew = s_inResult.Contains(call.Number)
            || call.Number == s_fcntl && arguments[1] is F_DUPFD or F_DUPFD_CLOEXEC
            || call.Number == s_landlock && (uint)arguments[2] == 0
            || s_signalfds.Contains(call.Number) && (int)arguments[0] == -1;
        return isNew ? [(int)result] : [];
    }

    private static int[] Pair(StoppedTracee stopped, ulong address)
    {
        Span<byte> two = stackalloc byte[2 * sizeof(int)];
        return stopped.TryReadMemory(address, two) ? [BinaryPrimitives.ReadInt32LittleEndian(two), BinaryPrimitives.ReadInt32LittleEndian(two[sizeof(int)..])] : [];
    }

    private static HashSet<short> Numbers(string calls) => [.. calls.Split(' ').Select(c => Syscall.Named(c).Number)];
}
