namespace Falter.Model;

/// <summary>How error rates become classes.</summary>
public enum ErrorModelRule
{
    /// <summary>Fluctuating where the 95th over the 5th percentile exceeds <see cref="ErrorModelOptions.Ratio"/>: Phoebe as coded.</summary>
    Ratio,

    /// <summary>Fluctuating where the variance exceeds <see cref="ErrorModelOptions.Variance"/>: Phoebe as its paper and talk describe it.</summary>
    Variance,
}

/// <summary>
/// The constants of the rules and what goes beyond Phoebe. Defaults are Phoebe's, as in its synthesizer since December 2020, for the floor, the ratio, the
/// variance and the factor; the others are Falter's.
/// </summary>
public sealed record ErrorModelOptions
{
    /// <summary>Default: ratio.</summary>
    public ErrorModelRule Rule { get; init; } = ErrorModelRule.Ratio;

    /// <summary>A natural error whose 95th percentile is below this (by the variance rule: at most this) is sporadic and is injected at this rate. Share, default 0.05 (Phoebe).</summary>
    public double Floor { get; init; } = 0.05;

    /// <summary>95th over 5th percentile above this makes an error fluctuating, by the ratio rule. Default 10 (Phoebe).</summary>
    public double Ratio { get; init; } = 10;

    /// <summary>A variance of the interval rates above this makes an error fluctuating, by the variance rule. Share squared, default 0.001 (Phoebe).</summary>
    public double Variance { get; init; } = 0.001;

    /// <summary>A steady error is injected at its 95th percentile times this, at most 1. Default 1.2 (Phoebe).</summary>
    public double Factor { get; init; } = 1.2;

    /// <summary>Fewer intervals with the error than this make a model weak: percentiles of fewer values are the values themselves. Default 3 (Falter).</summary>
    public int MinimumIntervals { get; init; } = 3;

    /// <summary>Fewer failures than this make a model weak: below it the 95 % interval of the rate spans more than its half and double. Default 5 (Falter).</summary>
    public long MinimumFailures { get; init; } = 5;

    /// <summary>
    /// Fewer invocations than this make a model weak: half of 20 calls failing gives a 95 % interval from 30 to 70 %, and fewer calls a wider one. Default 20 (Falter).
    /// </summary>
    public long MinimumInvocations { get; init; } = 20;

    /// <summary>Whether the rate weighted by invocations is kept beside those per interval. Default: yes.</summary>
    public bool Weighted { get; init; } = true;

    /// <summary>Whether Wilson's interval of the weighted rate is kept. Default: yes.</summary>
    public bool Intervals { get; init; } = true;

    /// <summary>Whether the injection probability makes up for natural errors. Default: yes.</summary>
    public bool Calibrated { get; init; } = true;

    /// <summary>Whether calls by which a runtime waits on its own account are marked. Default: yes.</summary>
    public bool Marks { get; init; } = true;

    /// <summary>Whether length and spacing of error runs are kept, where they were counted. Default: yes.</summary>
    public bool Bursts { get; init; } = true;
}
