namespace Falter.Model;

/// <summary>The constants of the verdict.</summary>
public sealed record JudgeOptions
{
    /// <summary>A difference less probable than this by chance is a deviation. Default 0.01: one false alarm in a hundred comparisons.</summary>
    public double Significance { get; init; } = 0.01;

    /// <summary>Fewer probes of a check in the baseline or the inspection than this give <c>unknown</c>. Default 5.</summary>
    public int MinimumProbes { get; init; } = 5;

    /// <summary>Latency deviates only where its median or 99th percentile grows by more than this factor. Default 1.5.</summary>
    public double LatencyRatio { get; init; } = 1.5;

    /// <summary>… and by more than this many milliseconds. Default 5: below it, the scheduler of a busy machine is all one sees.</summary>
    public double LatencyMs { get; init; } = 5;
}
