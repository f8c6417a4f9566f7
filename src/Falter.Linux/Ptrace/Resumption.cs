namespace Falter.Linux.Ptrace;

/// <summary>How a thread goes on after a stop.</summary>
/// <param name="Signal">
/// A signal that it gets, or 0. After a system call stop it is one more, sent to this very thread (<c>kernel/ptrace.c</c>, ptrace_report_syscall): none that is
/// pending is lost. After a signal stop it takes the place of the one that was reported.
/// </param>
/// <param name="Held">How long it stays in the stop first; zero: it goes on at once. Its signal is then decided by <see cref="TracerThread.OnHeld"/>.</param>
public readonly record struct Resumption(int Signal, TimeSpan Held)
{
    /// <summary>At once and without a signal.</summary>
    public static Resumption AtOnce => default;

    /// <summary>At once and with a signal.</summary>
    public static Resumption With(int signal) => new(signal, TimeSpan.Zero);

    /// <summary>Not before that time; at once where it is none.</summary>
    public static Resumption After(TimeSpan held) => new(0, held);
}
