namespace Falter.Observe;

/// <summary>What is published.</summary>
public sealed record MetricOptions
{
    /// <summary>The most series. Default 10,000.</summary>
    public int MaxSeries { get; init; } = 10_000;

    /// <summary>Whether Phoebe's four metrics are published too. Default: no.</summary>
    public bool PhoebeNames { get; init; }

    /// <summary>The version that <c>falter_build_info</c> tells.</summary>
    public required string Version { get; init; }

    /// <summary>The name of this machine, for Phoebe's label <c>hostname</c>.</summary>
    public required string HostName { get; init; }
}
