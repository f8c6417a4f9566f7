using Falter.Records;

namespace Falter.Observe;

/// <summary>
/// The bounds of published latencies: doublings from 2^10 ns (1.024 µs) to 2^34 ns (17.2 s). Each is a border of <see cref="LatencyHistogram"/>'s buckets, so
/// that none of them is split and the counts are exact.
/// </summary>
public static class LatencyBounds
{
    private const int SmallestLog2 = 10, LargestLog2 = 34;

    /// <summary>How many counts a published histogram has: one for each bound and one for everything.</summary>
    public const int Count = LargestLog2 - SmallestLog2 + 2;

    /// <summary>The bounds in seconds, ascending, without the infinite one.</summary>
    public static IReadOnlyList<double> Seconds { get; } = [.. Enumerable.Range(SmallestLog2, Count - 1).Select(log2 => (1L << log2) / 1e9)];

    // The first bucket of LatencyHistogram that lies wholly above each bound.
    private static readonly int[] s_firstAbove = [.. Enumerable.Range(SmallestLog2, Count - 1).Select(log2 => LatencyHistogram.BucketOf(1L << log2))];

    /// <summary>Adds a histogram to cumulative counts: how many calls took less than each bound, and in the last place all.</summary>
    public static void AddTo(LatencyHistogram histogram, Span<long> cumulative)
    {
        for (int i = 0; i < histogram.Counts.Count; i++)
        {
            int bucket = histogram.First + i;
            int place = Array.FindIndex(s_firstAbove, first => bucket < first);
            for (int at = place < 0 ? Count - 1 : place; at < Count; at++) cumulative[at] += histogram.Counts[i];
        }
    }
}
