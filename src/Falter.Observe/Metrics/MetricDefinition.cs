namespace Falter.Observe;

/// <summary>What kind of number a metric is, as Prometheus and OpenTelemetry tell them apart.</summary>
public enum MetricKind
{
    /// <summary>Only grows while the program runs.</summary>
    Counter,

    /// <summary>Goes up and down.</summary>
    Gauge,

    /// <summary>Counts of values up to each of <see cref="LatencyBounds"/>, with their sum.</summary>
    Histogram,
}

/// <summary>A metric as it is published. <c>docs/reference/metrics.md</c> is generated from these.</summary>
/// <param name="Name">The name in Prometheus.</param>
/// <param name="Kind">Counter, gauge or histogram.</param>
/// <param name="Unit">The unit of its values in the Unified Code for Units of Measure, as OpenTelemetry wants it: <c>s</c>, <c>{call}</c>, <c>1</c>.</param>
/// <param name="Labels">The names of its labels, in the order in which values are given.</param>
/// <param name="Help">What it is, in one sentence.</param>
/// <param name="Lifetime">When a series of it begins and ends.</param>
/// <param name="OtlpName">The name over OTLP; null for what is published to Prometheus alone.</param>
public sealed record MetricDefinition(string Name, MetricKind Kind, string Unit, IReadOnlyList<string> Labels, string Help, string Lifetime, string? OtlpName = null);

/// <summary>One series of a metric: the values of its labels and its present value.</summary>
/// <param name="Labels">In the order of <see cref="MetricDefinition.Labels"/>.</param>
/// <param name="Value">The value; of a histogram the sum of all values.</param>
/// <param name="Buckets">Of a histogram: how many values were at most each bound of <see cref="LatencyBounds"/>, the last of them without bound. Else null.</param>
public sealed record MetricSeries(IReadOnlyList<string> Labels, double Value, IReadOnlyList<long>? Buckets = null);

/// <summary>A metric with all its present series.</summary>
public sealed record MetricFamily(MetricDefinition Definition, IReadOnlyList<MetricSeries> Series);
