using System.Text.Json.Serialization;

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
public sealed record Evidence(double? AtSeconds, string Text)
{
    /// <summary>As JSON has it, where a moment that is null is left out.</summary>
    [JsonConstructor]
    public Evidence(string text, double? atSeconds = null) : this(atSeconds, text)
    {
    }
}

/// <summary>The verdict of one fault plan, over all its turns.</summary>
public sealed record PlanVerdict
{
    public required FaultPlan Plan { get; init; }

    /// <summary>In the order in which they were run; empty where the plan was not run.</summary>
    public required IReadOnlyList<TurnVerdict> Turns { get; init; }

    /// <summary>Why it was not run; null where it was.</summary>
    public string? NotRun { get; init; }

    /// <summary>Where it was searched for.</summary>
    public RateThreshold? Threshold { get; init; }

    /// <summary>Turns at the plan's own rates; those of a search for a threshold are left out.</summary>
    private IEnumerable<TurnVerdict> Own => Turns.Where(t => t.RateFactor == 1);

    /// <summary>The worst of its turns' verdicts: what happens now and then does happen. Unknown where it was not run.</summary>
    public Verdict Verdict => Own.Select(t => (Verdict?)t.Verdict).Max() ?? Verdict.Unknown;

    /// <summary>How many turns had this verdict.</summary>
    public int Held => Own.Count(t => t.Verdict == Verdict);

    /// <summary>How many turns there were at the plan's own rates.</summary>
    public int Runs => Own.Count();

    /// <summary>What the first turn of this verdict rests on.</summary>
    public IReadOnlyList<Evidence> Evidence => Worst?.Evidence ?? [new Evidence(null, $"Not run. {NotRun}")];

    /// <summary>The first turn that had this verdict; null where the plan was not run.</summary>
    public TurnVerdict? Worst => Own.FirstOrDefault(t => t.Verdict == Verdict);

    /// <summary>Of all faults and turns together.</summary>
    public InjectionCounts Counts => new(Own.Sum(t => t.Counts.Sum(c => c.Matched)), Own.Sum(t => t.Counts.Sum(c => c.Injected)));

    /// <summary>The names of the mechanisms, <c>none</c> where it was not run.</summary>
    public string Mechanism => Turns.Count == 0 ? "none" : string.Join(", ", Turns.SelectMany(t => t.Counts).Select(c => c.Mechanism).Distinct(StringComparer.Ordinal));

    /// <summary>Whether calls are failed before or after they are carried out; null where no fault is about system calls, or they differ.</summary>
    public FaultPhase? Phase => Plan.Faults.Select(f => f.Fault).OfType<SyscallFault>().Select(f => f.Phase).Distinct().ToList() is [var phase] ? phase : null;
}

/// <summary>All verdicts of a run: <c>verdict.json</c>.</summary>
public sealed record RunVerdict
{
    /// <summary>The run's name: <c>2026-11-21T091200-nginx</c>.</summary>
    public required string Run { get; init; }

    public required string Target { get; init; }
    public required ulong Seed { get; init; }
    /// <summary>In the order of their numbers.</summary>
    public required IReadOnlyList<PlanVerdict> Plans { get; init; }

    /// <summary>System calls that the observation could not count.</summary>
    public required long LostEvents { get; init; }

    /// <summary>What limits the result.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary>Whether the run was ended before all plans were tried.</summary>
    public bool Interrupted { get; init; }

    /// <summary>How many plans got each verdict; every verdict is a key.</summary>
    public IReadOnlyDictionary<Verdict, int> Summary =>
        Enum.GetValues<Verdict>().ToDictionary(v => v, v => Plans.Count(p => p.Verdict == v));
}
