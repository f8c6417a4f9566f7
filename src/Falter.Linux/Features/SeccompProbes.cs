using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using static Falter.Linux.Features.RawSyscall;

namespace Falter.Linux.Features;

/// <summary>Probes of seccomp's user notification. Constants: include/uapi/linux/seccomp.h.</summary>
internal static unsafe class SeccompProbes
{
    private const int SECCOMP_SET_MODE_FILTER = 1;
    private const int SECCOMP_FILTER_FLAG_NEW_LISTENER = 1 << 3, SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV = 1 << 5,
        SECCOMP_FILTER_FLAG_TSYNC = 1 << 0, SECCOMP_FILTER_FLAG_TSYNC_ESRCH = 1 << 4;
    private const int SECCOMP_USER_NOTIF_FLAG_CONTINUE = 1, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP = 1, PR_SET_NO_NEW_PRIVS = 38, POLLIN = 1;

    // _IOWR('!', 0, struct seccomp_notif of 80 bytes), _IOWR('!', 1, struct seccomp_notif_resp of 24 bytes), _IOW('!', 4, u64)
    private const long SECCOMP_IOCTL_NOTIF_RECV = 0xc0502100, SECCOMP_IOCTL_NOTIF_SEND = 0xc0182101, SECCOMP_IOCTL_NOTIF_SET_FLAGS = 0x40082104;

    // A held call that nobody answers would hold the probe for ever.
    private static readonly TimeSpan s_answerLimit = TimeSpan.FromSeconds(2);

    [StructLayout(LayoutKind.Sequential)]
    private struct sock_filter
    {
        public ushort code;
        public byte jt, jf;
        public uint k;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct sock_fprog
    {
        public ushort len;
        public sock_filter* filter;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct seccomp_notif_resp
    {
        public ulong id;
        public long val;
        public int error;
        public uint flags;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct poll_fd
    {
        public int fd;
        public short events, revents;
    }

    /// <summary>A call of a thread of ours is held, answered with "go on", and must then have its true result.</summary>
    public static FeatureResult Notify() => Try().Notify;

    public static FeatureResult SyncWakeUp() => Try().SyncWakeUp;

    /// <summary>The kernel checks flags before it reads the filter: EFAULT for the null filter says that the flags are known, EINVAL that they are not.</summary>
    public static FeatureResult WaitKillable() => KnowsFlags(SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);

    /// <summary>As <see cref="WaitKillable"/>: a filter with a listener for all threads of a process.</summary>
    public static FeatureResult SynchroniseThreads() => KnowsFlags(SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_TSYNC_ESRCH);

    private static FeatureResult KnowsFlags(int flags)
    {
        long result = Call(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, 0);
        return result == -EFAULT ? FeatureResult.Found() : FeatureResult.Missing($"seccomp with the flag: {Name(result)}");
    }

    /// <summary>
    /// A filter stays for a thread's life, so the filtered thread is one that ends here. no_new_privs, also of that thread only, lets the
    /// probe work without root.
    /// </summary>
    private static (FeatureResult Notify, FeatureResult SyncWakeUp) Try()
    {
        long listener = 0, called = long.MinValue;
        using var installed = new ManualResetEventSlim();
        var filtered = new Thread(() =>
        {
            listener = InstallFilter();
            installed.Set();
            if (listener >= 0) called = Call(SYS_getppid);
        }) { IsBackground = true, Name = "seccomp probe" };
        filtered.Start();
        installed.Wait();
        if (listener < 0)
        {
            FeatureResult missing = FeatureResult.Missing($"seccomp with a listener: {Name(listener)}");
            return (missing, missing);
        }
        (FeatureResult, FeatureResult) results;
        using (var owned = new SafeFileHandle((nint)listener, ownsHandle: true))
        {
            ulong flags = SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP;
            long set = Ioctl((int)listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, (void*)flags);
            FeatureResult answered = AnswerOne((int)listener);
            // Closing the listener ends a held call too (with ENOSYS), so the thread ends in any case.
            if (answered.State == FeatureState.Found) filtered.Join(s_answerLimit);
            results = (answered, set == 0 ? FeatureResult.Found() : FeatureResult.Missing($"SECCOMP_IOCTL_NOTIF_SET_FLAGS: {Name(set)}"));
        }
        filtered.Join(s_answerLimit);
        return results.Item1.State == FeatureState.Found && called < 0
            ? (FeatureResult.Missing($"a held getppid was let go on, but ended with {called}"), results.Item2) : results;
    }

    /// <summary>Holds getppid, which nothing in this process calls but the probe.</summary>
    private static long InstallFilter()
    {
        sock_filter* filter = stackalloc sock_filter[]
        {
            new() { code = 0x20, k = 0 },                             // load the call's number
            new() { code = 0x15, jt = 0, jf = 1, k = (uint)SYS_getppid },
            new() { code = 0x06, k = 0x7fc00000 },                    // SECCOMP_RET_USER_NOTIF
            new() { code = 0x06, k = 0x7fff0000 },                    // SECCOMP_RET_ALLOW
        };
        var program = new sock_fprog { len = 4, filter = filter };
        long allowed = Call(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1);
        return allowed < 0 ? allowed : Call(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, (nint)(&program));
    }

    private static FeatureResult AnswerOne(int listener)
    {
        var ready = new poll_fd { fd = listener, events = POLLIN };
        long polled = Call(SYS_poll, (nint)(&ready), 1, (nint)s_answerLimit.TotalMilliseconds);
        if (polled != 1) return FeatureResult.Missing("a call that the filter selects was not held");
        // struct seccomp_notif must be zero before; its id is its first field.
        ulong* notification = stackalloc ulong[10];
        new Span<ulong>(notification, 10).Clear();
        long received = Ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, notification);
        if (received < 0) return FeatureResult.Missing($"SECCOMP_IOCTL_NOTIF_RECV: {Name(received)}");
        var answer = new seccomp_notif_resp { id = notification[0], flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE };
        long sent = Ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
        return sent < 0 ? FeatureResult.Missing($"SECCOMP_IOCTL_NOTIF_SEND with CONTINUE: {Name(sent)}") : FeatureResult.Found();
    }

    private static long Ioctl(int fd, long request, void* argument) => Call(SYS_ioctl, fd, (nint)request, (nint)argument);
}
