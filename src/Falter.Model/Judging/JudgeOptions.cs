namespace Falter.Model;

/// <summary>The constants of the verdict. What each is and where its number comes from stands in <c>docs/reference/judging.md</c>.</summary>
public sealed record JudgeOptions
{
    /// <summary>
    /// A difference that is less probable than this by chance, corrected for the number of comparisons of the turn, is significant. Share, default 0.005: half of the one false alarm in a
    /// hundred turns that is promised, for how far samples depend on each other is itself an estimate.
    /// </summary>
    public double Significance { get; init; } = 0.005;

    /// <summary>Fewer probes of a check in the baseline, the injection or the inspection than this give <c>unknown</c>. Default 5.</summary>
    public int MinimumProbes { get; init; } = 5;

    /// <summary>Failures deviate only where their share grows by this. Share, default 0.01: what a service with two nines grants itself.</summary>
    public double ShareDifference { get; init; } = 0.01;

    /// <summary>Latency deviates only where its median or 99th percentile grows by more than this factor. Default 1.5.</summary>
    public double LatencyRatio { get; init; } = 1.5;

    /// <summary>… and by more than this many milliseconds. Default 5: below it, the scheduler of a busy machine is all one sees.</summary>
    public double LatencyMs { get; init; } = 5;

    /// <summary>Goodput deviates only where it falls by more than this share of the baseline's. Default 0.2: arrivals by chance alone vary by a tenth from second to second.</summary>
    public double GoodputShare { get; init; } = 0.2;

    /// <summary>A value deviates only where Cliff's delta is at least this, either way. 0 to 1, default 0.474: the least that is called large (Romano 2006).</summary>
    public double ValueDelta { get; init; } = 0.474;

    /// <summary>… and its median moves by more than this share of the baseline's, and by more than the baseline's whole range: memory and descriptors drift by themselves. Default 0.2.</summary>
    public double ValueShare { get; init; } = 0.2;
}
