using Falter.Records;

namespace Falter.Model;

/// <summary>What is compared.</summary>
internal enum MeasureKind
{
    /// <summary>Failed probes of a check.</summary>
    Failures,

    /// <summary>Latency of a check's passed probes.</summary>
    Latency,

    /// <summary>The number that a check measures.</summary>
    Value,

    /// <summary>Requests that ended otherwise than they usually do.</summary>
    Unusual,

    /// <summary>Latency of requests that ended as usual.</summary>
    RequestLatency,

    /// <summary>Requests per second that ended as usual.</summary>
    Goodput,
}

/// <summary>One measure of one phase beside its baseline.</summary>
/// <param name="Kind">What is compared.</param>
/// <param name="Subject">The check's name; empty for requests.</param>
/// <param name="Effect">The numbers; P is 1 where nothing could be told.</param>
/// <param name="Testable">Whether there were samples enough for a test: others are no comparison, and are not corrected for.</param>
/// <param name="Matters">Whether the difference, were it certain, is large enough to matter.</param>
internal sealed record Comparison(MeasureKind Kind, string Subject, MeasureEffect Effect, bool Testable, bool Matters)
{
    /// <summary>The 99th percentiles, of the baseline and the phase, where it is they that matter and not the medians.</summary>
    public (double Before, double Now)? Tail { get; init; }

    /// <summary>Whether the difference means that the system does not do its work, and not only that it does it in another manner.</summary>
    public bool IsHarm => Kind is MeasureKind.Failures or MeasureKind.Unusual;

    /// <summary>All with their p-values corrected together (Holm), and deviations marked.</summary>
    public static IReadOnlyList<Comparison> Corrected(IReadOnlyList<Comparison> comparisons, double significance)
    {
        Comparison[] tested = [.. comparisons.Where(c => c.Testable)];
        IReadOnlyList<double> adjusted = Holm.Adjusted([.. tested.Select(c => c.Effect.P)]);
        Dictionary<Comparison, double> byComparison = tested.Zip(adjusted).ToDictionary(p => p.First, p => p.Second);
        return [.. comparisons.Select(c => c with { Effect = Marked(c, byComparison.GetValueOrDefault(c, 1), significance) })];
    }

    private static MeasureEffect Marked(Comparison one, double adjusted, double significance) =>
        one.Effect with { AdjustedP = adjusted, Deviates = one.Testable && one.Matters && adjusted < significance };
}
