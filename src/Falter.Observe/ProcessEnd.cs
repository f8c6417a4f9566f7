using Falter.Linux.Launch;

namespace Falter.Observe;

/// <summary>A followed process that ended: all of its threads are gone.</summary>
/// <param name="Pid">Its process id, which may be in use again.</param>
/// <param name="Process">Its name.</param>
/// <param name="ExitCode">What it exited with, 0 to 255; null where a signal ended it.</param>
/// <param name="Signal">The signal that ended it; null where it exited.</param>
/// <param name="StopwatchTimestamp">When, comparable with <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>.</param>
public sealed record ProcessEnd(int Pid, string Process, int? ExitCode, int? Signal, long StopwatchTimestamp)
{
    /// <summary>How it ended: <c>exit code 1</c>, <c>killed by SIGSEGV</c>.</summary>
    public string Manner => new ExitStatus(ExitCode, Signal).ToString();

    /// <summary>Parts a status as <c>wait(2)</c> gives it: signal in bits 0 to 6, 7 tells of a core dump, exit code from 8 up.</summary>
    internal static ProcessEnd Of(int pid, string process, int status, long monotonicNs)
    {
        int signal = status & 0x7f;
        // .NET's Stopwatch on Linux is CLOCK_MONOTONIC in nanoseconds.
        return new ProcessEnd(pid, process, signal == 0 ? (status >> 8) & 0xff : null, signal == 0 ? null : signal, monotonicNs);
    }
}
