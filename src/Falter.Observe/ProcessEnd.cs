namespace Falter.Observe;

/// <summary>A followed process that ended: all of its threads are gone.</summary>
/// <param name="Pid">Its process id, which may be in use again.</param>
/// <param name="Process">Its name.</param>
/// <param name="ExitStatus">What it exited with, 0 to 255; null where a signal ended it.</param>
/// <param name="Signal">The signal that ended it; null where it exited.</param>
/// <param name="StopwatchTimestamp">When, comparable with <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>.</param>
public sealed record ProcessEnd(int Pid, string Process, int? ExitStatus, int? Signal, long StopwatchTimestamp)
{
    // signal(7) on x86-64 and arm64, from 1.
    private static readonly string[] s_signals =
    [
        "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1", "SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM",
        "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF",
        "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
    ];

    /// <summary>How it ended: <c>exit status 1</c>, <c>signal SIGSEGV</c>.</summary>
    public string Manner => Signal switch
    {
        null => $"exit status {ExitStatus}",
        { } known when known <= s_signals.Length => $"signal {s_signals[known - 1]}",
        { } other => $"signal {other}",
    };

    /// <summary>Parts a status as <c>wait(2)</c> gives it: signal in bits 0 to 6, 7 tells of a core dump, exit status from 8 up.</summary>
    internal static ProcessEnd Of(int pid, string process, int status, long monotonicNs)
    {
        int signal = status & 0x7f;
        // .NET's Stopwatch on Linux is CLOCK_MONOTONIC in nanoseconds.
        return new ProcessEnd(pid, process, signal == 0 ? (status >> 8) & 0xff : null, signal == 0 ? null : signal, monotonicNs);
    }
}
