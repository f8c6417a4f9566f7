using Falter.Linux.Interop;

namespace Falter.Linux.Ptrace;

/// <summary>
/// The signal that the kernel sends to a tracer at each stop of a tracee, beside waking its wait (<c>kernel/signal.c</c>, do_notify_parent_cldstop). Nobody here needs it, and .NET's handler, there from the first start of
/// a process on, wakes a thread that looks for children which have ended: some 10 µs a stop.
/// </summary>
internal static unsafe class StopSignals
{
    private const int SIGCHLD = 17, SA_NOCLDSTOP = 1;

    // SIG_DFL and SIG_IGN: no handler runs.
    private const nint LastThatIsNoHandler = 1;

    /// <summary>Has the kernel send it only when a child ends. To be repeated: the handler may be installed later.</summary>
    public static void Suppress()
    {
        sigaction_t action = default;
        if (Libc.sigaction(SIGCHLD, null, &action) != 0 || (nint)action.sa_handler <= LastThatIsNoHandler || (action.sa_flags & SA_NOCLDSTOP) != 0) return;
        action.sa_flags |= SA_NOCLDSTOP;
        Libc.Checked(Libc.sigaction(SIGCHLD, &action, null), "sigaction");
    }
}
