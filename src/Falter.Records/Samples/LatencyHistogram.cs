using System.Text.Json.Serialization;

namespace Falter.Records;

/// <summary>
/// Durations of calls, counted in log-linear buckets: four to each doubling from 32 ns to 68 s, one for all below and one for all above. What is read from it is
/// within 12.5 % of the truth between those bounds.
/// </summary>
/// <param name="First">The bucket that the first count belongs to.</param>
/// <param name="Counts">Invocations by bucket, from <paramref name="First"/> on; neither begins nor ends with a zero.</param>
public sealed record LatencyHistogram(int First, IReadOnlyList<long> Counts)
{
    // As in bucket_of of bpf/syscalls.bpf.c.
    private const int SmallestLog2 = 5, LargestLog2 = 35, PerDoubling = 4;

    /// <summary>How many buckets there are: the last one counts everything from 2^36 ns up.</summary>
    public const int BucketCount = 1 + (LargestLog2 + 1 - SmallestLog2) * PerDoubling + 1;

    /// <summary>All invocations that were measured.</summary>
    [JsonIgnore]
    public long Count => Counts.Sum();

    /// <summary>The bucket that counts a duration.</summary>
    /// <param name="ns">Nanoseconds, not negative.</param>
    public static int BucketOf(long ns)
    {
        int log = ns < 1 ? 0 : (int)long.Log2(ns);
        return log < SmallestLog2 ? 0 : log > LargestLog2 ? BucketCount - 1 : 1 + (log - SmallestLog2) * PerDoubling + (int)(ns >> (log - 2) & 3);
    }

    /// <summary>The least duration that a bucket counts, in nanoseconds.</summary>
    /// <param name="bucket">0 to <see cref="BucketCount"/> − 1; that of <see cref="BucketCount"/> is the one above the last but one's upper end, doubled.</param>
    public static long LowerNs(int bucket)
    {
        if (bucket <= 0) return 0;
        int steps = Math.Min(bucket, BucketCount) - 1;
        return (long)(PerDoubling + steps % PerDoubling) << (SmallestLog2 + steps / PerDoubling - 2);
    }

    /// <summary>The histogram of dense counts; null where nothing was counted.</summary>
    public static LatencyHistogram? Of(ReadOnlySpan<long> counts)
    {
        int first = counts.IndexOfAnyExcept(0);
        return first < 0 ? null : new LatencyHistogram(first, counts[first..(counts.LastIndexOfAnyExcept(0) + 1)].ToArray());
    }

    /// <summary>Both histograms in one; null where both are.</summary>
    public static LatencyHistogram? Sum(LatencyHistogram? one, LatencyHistogram? other)
    {
        if (one is null || other is null) return one ?? other;
        Span<long> counts = stackalloc long[BucketCount];
        one.AddTo(counts);
        other.AddTo(counts);
        return Of(counts);
    }

    /// <summary>The duration in nanoseconds that the share <paramref name="quantile"/> of the calls did not exceed; 1 gives the longest.</summary>
    /// <param name="quantile">0 to 1.</param>
    /// <returns>The value of its bucket that is nearest, in proportion, to both ends: at most 11.1 % off.</returns>
    public double Quantile(double quantile)
    {
        double rank = quantile * Count;
        int last = Counts.Count - 1;
        for (int i = 0; i < last; i++)
        {
            rank -= Counts[i];
            if (rank <= 0 && Counts[i] > 0) return MiddleNs(First + i);
        }
        return MiddleNs(First + last);
    }

    /// <summary>2ab/(a+b) of the bucket's ends a and b: as far below b as it is above a, in proportion to either.</summary>
    private static double MiddleNs(int bucket)
    {
        double low = LowerNs(bucket), high = LowerNs(bucket + 1);
        return low == 0 ? high / 2 : 2 * low * high / (low + high);
    }

    private void AddTo(Span<long> counts)
    {
        for (int i = 0; i < Counts.Count; i++) counts[Math.Clamp(First + i, 0, BucketCount - 1)] += Counts[i];
    }
}
