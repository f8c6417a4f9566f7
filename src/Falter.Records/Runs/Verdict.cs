namespace Falter.Records;

/// <summary>What became of the target under one fault plan. Ordered from best to worst.</summary>
public enum Verdict
{
    /// <summary>No check deviated from the baseline.</summary>
    Resilient,

    /// <summary>The fault never fired, so nothing was learned. Never counted as good.</summary>
    NotExercised,

    /// <summary>The question could not be answered: events lost, a check missing, too few samples.</summary>
    Unknown,

    /// <summary>A check deviated while the fault was injected and came back after it ended.</summary>
    Degraded,

    /// <summary>The target answered, but did not come back to the baseline after the fault had ended.</summary>
    Corrupted,

    /// <summary>The target was alive but no longer answered.</summary>
    Hung,

    /// <summary>The target died.</summary>
    Crashed,
}

/// <summary>An observation that a verdict rests on.</summary>
/// <param name="AtSeconds">When, in seconds since the run began; null where it is about a whole phase.</param>
/// <param name="Text">What was seen, with numbers.</param>
public sealed record Evidence(double? AtSeconds, string Text);

/// <summary>The verdict of one error model.</summary>
public sealed record ModelVerdict
{
    public required ErrorModel Model { get; init; }
    public required FaultPhase Phase { get; init; }

    /// <summary>How the kernel was made to do it: <c>seccomp-notify</c>, <c>ptrace</c>.</summary>
    public required string Mechanism { get; init; }

    public required InjectionCounts Counts { get; init; }
    public required Verdict Verdict { get; init; }
    public required IReadOnlyList<Evidence> Evidence { get; init; }
}

/// <summary>All verdicts of a run: <c>verdict.json</c>.</summary>
public sealed record RunVerdict
{
    /// <summary>The run's name: <c>2026-11-21T091200-nginx</c>.</summary>
    public required string Run { get; init; }

    public required string Target { get; init; }
    public required ulong Seed { get; init; }
    public required IReadOnlyList<ModelVerdict> Models { get; init; }

    /// <summary>System calls that the observation could not count.</summary>
    public required long LostEvents { get; init; }

    /// <summary>What limits the result.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary>Whether the run was ended before all models were tried.</summary>
    public bool Interrupted { get; init; }

    /// <summary>How many models got each verdict; every verdict is a key.</summary>
    public IReadOnlyDictionary<Verdict, int> Summary =>
        Enum.GetValues<Verdict>().ToDictionary(v => v, v => Models.Count(m => m.Verdict == v));
}
