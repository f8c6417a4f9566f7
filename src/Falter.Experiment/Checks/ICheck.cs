namespace Falter.Experiment;

/// <summary>What one probe found.</summary>
/// <param name="Passed">Whether the target was within the check's tolerance.</param>
/// <param name="Answered">Whether the target answered at all before the time-out; a refusal is an answer.</param>
/// <param name="Detail">What it answered.</param>
/// <param name="Value">The number that was measured; null where the check measures none.</param>
public readonly record struct ProbeResult(bool Passed, bool Answered, string Detail, double? Value = null);

/// <summary>A probe of the target with a tolerance. Some hold a connection or a session: those are <see cref="IDisposable"/> or <see cref="IAsyncDisposable"/>, and owned by who made them.</summary>
public interface ICheck
{
    /// <summary>Unique among the checks of an experiment: the URL or the command, as the user wrote it, where no name was given.</summary>
    string Name { get; }

    /// <summary>Pace of the probes, whether the last was answered or not.</summary>
    TimeSpan Interval { get; }

    /// <summary>How long a probe waits for an answer.</summary>
    TimeSpan Timeout { get; }

    /// <summary>Probes once. Never throws but for cancellation; ends within the check's time-out. Several probes of one check may be under way.</summary>
    Task<ProbeResult> ProbeAsync(CancellationToken cancel);
}
