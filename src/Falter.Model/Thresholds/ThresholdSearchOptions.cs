namespace Falter.Model;

/// <summary>Where and how long a threshold is searched for.</summary>
public sealed record ThresholdSearchOptions
{
    /// <summary>The lowest rate that is tried. Above 0, default 0.001: below it a fault hits too few calls of a short phase to be judged.</summary>
    public double Lowest { get; init; } = 0.001;

    /// <summary>The highest rate that is tried. At most 1. Default 1: every call.</summary>
    public double Highest { get; init; } = 1;

    /// <summary>The most turns. Default 14: what doubles the interval's precision once more takes four times as many.</summary>
    public int MostTurns { get; init; } = 14;

    /// <summary>The search ends when the 95 % interval's upper end is at most this multiple of its lower one. Default 1.5.</summary>
    public double Precision { get; init; } = 1.5;
}
