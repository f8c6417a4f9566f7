namespace Falter.Model;

/// <summary>The constants of the ratio rule. Defaults are Phoebe's, as coded in its synthesizer since December 2020, but for the last two.</summary>
public sealed record ErrorModelOptions
{
    /// <summary>A natural error whose 95th percentile is below this is sporadic and is injected at this rate. Share, default 0.05 (Phoebe).</summary>
    public double Floor { get; init; } = 0.05;

    /// <summary>95th over 5th percentile above this makes an error fluctuating. Default 10 (Phoebe).</summary>
    public double Ratio { get; init; } = 10;

    /// <summary>A steady error is injected at its 95th percentile times this, at most 1. Default 1.2 (Phoebe).</summary>
    public double Factor { get; init; } = 1.2;

    /// <summary>Fewer intervals with the error than this make a model weak: percentiles of fewer values are the values themselves. Default 3 (Falter).</summary>
    public int MinimumIntervals { get; init; } = 3;

    /// <summary>Fewer failures than this make a model weak: below it the 95 % interval of the rate spans more than its half and double. Default 5 (Falter).</summary>
    public long MinimumFailures { get; init; } = 5;
}
