namespace Falter.Linux.Interop;

/// <summary>
/// A timer of the kernel that sends one thread a signal, so that its blocking call returns EINTR. It fires again every millisecond until it is set anew or
/// cleared: a signal that arrives just before the blocking call is lost on it.
/// </summary>
internal sealed unsafe class WakeTimer : IDisposable
{
    private const long NanosecondsPerSecond = 1_000_000_000, RepeatNanoseconds = 1_000_000;

    private readonly int _id;

    /// <param name="tid">The thread, of this process.</param>
    /// <param name="signal">A signal with a handler.</param>
    public WakeTimer(int tid, int signal)
    {
        var happening = new sigevent_t { sigev_signo = signal, sigev_notify = Libc.SIGEV_THREAD_ID, sigev_notify_thread_id = tid };
        int id;
        Libc.Checked((int)Libc.Syscall(Libc.SYS_timer_create, Libc.CLOCK_MONOTONIC, (nint)(&happening), (nint)(&id)), "timer_create");
        _id = id;
    }

    public void Set(TimeSpan fromNow)
    {
        // 0 would disarm it.
        long nanoseconds = Math.Max(1, (long)fromNow.TotalNanoseconds);
        Arm(new itimerspec_t { interval_nsec = RepeatNanoseconds, value_sec = nanoseconds / NanosecondsPerSecond, value_nsec = nanoseconds % NanosecondsPerSecond });
    }

    public void Clear() => Arm(default);

    public void Dispose() => Libc.Syscall(Libc.SYS_timer_delete, _id);

    private void Arm(itimerspec_t times) => Libc.Checked((int)Libc.Syscall(Libc.SYS_timer_settime, _id, 0, (nint)(&times)), "timer_settime");
}
