using Falter.Records;

namespace Falter.Report;

/// <summary>What became of a plan from one run to another.</summary>
public enum PlanChange
{
    /// <summary>Broken in B; in A it held, or could not be judged.</summary>
    NewlyBroken,

    /// <summary>Broken in A, held in B.</summary>
    Healed,

    /// <summary>Another verdict on the same side of what counts as broken, another share of broken turns, of requests as usual, or another threshold.</summary>
    Changed,

    Unchanged,

    OnlyInA,
    OnlyInB,
}

/// <summary>Where a threshold went.</summary>
public enum ThresholdMove
{
    /// <summary>Not told apart: the intervals overlap, or one side was not searched.</summary>
    None,

    /// <summary>B bears less.</summary>
    Lower,

    /// <summary>B bears more.</summary>
    Higher,
}

/// <summary>A share with its 95 % interval.</summary>
/// <param name="Share">0 to 1.</param>
/// <param name="Low">Lower end of the interval.</param>
/// <param name="High">Upper end of the interval.</param>
/// <param name="Of">What it is a share of: turns, requests.</param>
public sealed record ShareEstimate(double Share, double Low, double High, long Of);

/// <summary>A plan in one of the runs.</summary>
/// <param name="Verdict">The worst of its turns.</param>
/// <param name="Held">Turns that had this verdict.</param>
/// <param name="Runs">Turns at the plan's own rates.</param>
/// <param name="BrokenTurns">Share of its judged turns that were broken, by Wilson's interval; null where none was judged.</param>
/// <param name="RequestsAsUsual">Share of the workload's requests that ended as usual while its faults were armed; the interval is that of the turns' own comparisons, which know that requests of one moment fail together. Null where nothing was compared.</param>
/// <param name="Threshold">Where it was searched for.</param>
/// <param name="Injected">Calls, packets or processes that faults were done to.</param>
/// <param name="NotRun">Why it was not run; null where it was.</param>
public sealed record PlanSide(Verdict Verdict, int Held, int Runs, ShareEstimate? BrokenTurns, ShareEstimate? RequestsAsUsual, RateThreshold? Threshold, long Injected, string? NotRun);

/// <summary>A plan, by its name, in two runs.</summary>
public sealed record PlanDifference
{
    public required string Name { get; init; }
    public required PlanChange Change { get; init; }

    /// <summary>Whether it is broken in B and was not in A, where it may not have been at all.</summary>
    public required bool NewlyBroken { get; init; }

    /// <summary>Null where the run has no such plan.</summary>
    public required PlanSide? A { get; init; }
    public required PlanSide? B { get; init; }

    /// <summary>Chance of shares of broken turns that differ at least so much where there is no difference (Fisher, two-sided), corrected by Holm for all plans; null where one side has no judged turn.</summary>
    public double? TurnsP { get; init; }

    /// <summary>Whether the intervals of requests as usual do not overlap.</summary>
    public bool RequestsDiffer { get; init; }

    public ThresholdMove Threshold { get; init; }

    /// <summary>Whether the two plans of this name do different things.</summary>
    public bool FaultsDiffer { get; init; }
}

/// <summary>Two runs, compared.</summary>
/// <param name="A">What was before.</param>
/// <param name="B">What is compared with it.</param>
/// <param name="FailOn">The mildest verdict that counts as broken, on both sides.</param>
/// <param name="Plans">Newly broken first, unchanged last, then those of one side only; in the order of the plans where equal.</param>
/// <param name="Findings">What limits the comparison.</param>
public sealed record RunDifferences(RunDescription A, RunDescription B, Verdict FailOn, IReadOnlyList<PlanDifference> Plans, IReadOnlyList<Finding> Findings)
{
    public int Count(PlanChange change) => Plans.Count(p => p.Change == change);

    /// <summary>Plans that are broken in B and were not in A.</summary>
    public int NewlyBroken => Plans.Count(p => p.NewlyBroken);
}
