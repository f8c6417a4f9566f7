using Falter.Observe;

namespace Falter.Linux.Tests.Observe;

public class Log2LatencyTests
{
    [Fact]
    public void Nothing_measured_has_no_quantile()
    {
        Assert.Null(Log2Latency.Quantile([], 0.5));
        Assert.Null(Log2Latency.Quantile([0, 0], 0.5));
    }

    [Theory]
    // One bucket, 1024 to 2048 ns: the median of evenly spread calls is in its middle.
    [InlineData(0.5, 1536)]
    [InlineData(0, 1024)]
    [InlineData(1, 2048)]
    public void Within_a_bucket_calls_count_as_evenly_spread(double quantile, double ns) =>
        Assert.Equal(ns, Log2Latency.Quantile([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10], quantile));

    [Theory]
    [InlineData(0.25, 1.5)]
    [InlineData(0.5, 2)]
    [InlineData(0.51, 8.16)]
    [InlineData(0.99, 15.84)]
    public void A_quantile_is_in_the_bucket_that_holds_its_call(double quantile, double ns) =>
        Assert.Equal(ns, Log2Latency.Quantile([50, 0, 0, 50], quantile)!.Value, precision: 9);
}
