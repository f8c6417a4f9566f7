using Falter.Records;

namespace Falter.Tests.Words;

public class LatencyHistogramTests
{
    [Fact]
    public void Buckets_lie_side_by_side_and_hold_what_is_counted_in_them()
    {
        for (int bucket = 0; bucket < LatencyHistogram.BucketCount; bucket++)
        {
            long low = LatencyHistogram.LowerNs(bucket), high = LatencyHistogram.LowerNs(bucket + 1);
            Assert.True(low < high);
            Assert.Equal(bucket, LatencyHistogram.BucketOf(low));
            Assert.Equal(bucket, LatencyHistogram.BucketOf(high - 1));
        }
        Assert.Equal(LatencyHistogram.BucketCount - 1, LatencyHistogram.BucketOf(long.MaxValue));
    }

    [Fact]
    public void Quantiles_are_within_an_eighth_of_the_truth()
    {
        var random = new Random(20261121);
        for (int round = 0; round < 200; round++)
        {
            // Durations over all scales from 32 ns to 34 s, gathered around a few.
            double scale = Math.Pow(2, 5 + random.NextDouble() * 28);
            long[] sample = [.. Enumerable.Range(0, random.Next(1, 400)).Select(_ => 32 + (long)(scale * -Math.Log(1 - random.NextDouble()) / 2)).Order()];
            LatencyHistogram histogram = Of(sample);
            Assert.Equal(sample.Length, histogram.Count);
            foreach (double quantile in (double[])[0.01, 0.5, 0.9, 0.99, 1])
            {
                double truth = sample[Math.Max(0, (int)Math.Ceiling(quantile * sample.Length) - 1)];
                Assert.InRange(histogram.Quantile(quantile), truth * 0.875, truth * 1.125);
            }
        }
    }

    [Fact]
    public void The_sum_of_two_counts_what_both_counted()
    {
        LatencyHistogram one = Of([40, 5_000, 5_000]), other = Of([3, 1_000_000_000_000]);
        LatencyHistogram sum = LatencyHistogram.Sum(one, other)!;
        LatencyHistogram both = Of([40, 5_000, 5_000, 3, 1_000_000_000_000]);
        Assert.Equal(both.First, sum.First);
        Assert.Equal(both.Counts, sum.Counts);
        Assert.Same(one, LatencyHistogram.Sum(one, null));
        Assert.Null(LatencyHistogram.Sum(null, null));
    }

    [Fact]
    public void Nothing_measured_is_no_histogram() => Assert.Null(LatencyHistogram.Of(new long[LatencyHistogram.BucketCount]));

    private static LatencyHistogram Of(IEnumerable<long> sample)
    {
        long[] counts = new long[LatencyHistogram.BucketCount];
        foreach (long ns in sample) counts[LatencyHistogram.BucketOf(ns)]++;
        return LatencyHistogram.Of(counts)!;
    }
}
