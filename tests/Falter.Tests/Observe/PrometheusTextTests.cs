using Falter.Observe;
using Falter.Records;
using Falter.Tests.House;

namespace Falter.Tests.Observe;

public class PrometheusTextTests
{
    [Fact]
    public void Whatever_a_process_calls_itself_its_series_is_read_back_as_it_was()
    {
        const string letters = "ab\\\"\n{}=,# \té漢🙂";
        var chance = new Random(20261121);
        for (int round = 0; round < 2000; round++)
        {
            string name = string.Concat(Enumerable.Range(0, chance.Next(1, 16)).Select(_ => letters.EnumerateRunes().ElementAt(chance.Next(14))));
            double value = round % 3 == 0 ? chance.Next() : chance.NextDouble() * Math.Pow(10, chance.Next(-12, 16));
            var definition = new MetricDefinition("a_metric", MetricKind.Gauge, "1", ["one", "other"], $"help {name}", "");
            Exposition told = Exposition.Parse(PrometheusText.Write([new MetricFamily(definition, [new MetricSeries([name, ""], value)])]));
            (string _, IReadOnlyDictionary<string, string> labels, double read) = Assert.Single(told.Series);
            Assert.Equal(name, labels["one"]);
            Assert.Equal("", labels["other"]);
            Assert.Equal(value, read);
        }
    }

    [Fact]
    public void No_bucket_is_split_so_each_count_is_exactly_that_of_the_calls_below_its_bound()
    {
        var chance = new Random(7);
        for (int round = 0; round < 200; round++)
        {
            // From below the least bound to above the largest, borders among them.
            long[] durations = [.. Enumerable.Range(0, 100).Select(_ => (1L << chance.Next(0, 38)) + chance.Next(-2, 3)).Select(ns => Math.Max(0, ns))];
            long[] counts = new long[LatencyHistogram.BucketCount];
            foreach (long ns in durations) counts[LatencyHistogram.BucketOf(ns)]++;
            long[] cumulative = new long[LatencyBounds.Count];
            LatencyBounds.AddTo(LatencyHistogram.Of(counts)!, cumulative);
            for (int i = 0; i < LatencyBounds.Seconds.Count; i++) Assert.Equal(durations.Count(ns => ns < LatencyBounds.Seconds[i] * 1e9), cumulative[i]);
            Assert.Equal(durations.Length, cumulative[^1]);
        }
    }

    [Fact]
    public void A_histogram_is_cumulative_with_an_infinite_bound_and_agrees_with_its_count()
    {
        var metrics = new PublishedMetrics(new MetricOptions { Version = "1", HostName = "h" });
        LatencyHistogram latency = LatencyHistogram.Sum(new LatencyHistogram(LatencyHistogram.BucketOf(1500), [3]), new LatencyHistogram(LatencyHistogram.BucketOf(40_000_000_000), [2]))!;
        metrics.Add(new IntervalSample
        {
            Time = DateTimeOffset.UnixEpoch,
            IntervalSeconds = 1,
            Rows = [new SyscallRow { Process = "p", Syscall = Syscall.Named("read"), Outcome = Outcome.Success, Count = 5, TotalNs = 80_000_004_500, Latency = latency }],
        });
        Exposition told = Exposition.Parse(PrometheusText.Write(metrics.Read()));
        Assert.Equal([0], told.Of("falter_syscall_duration_seconds_bucket", ("le", "1.024e-06")));
        Assert.Equal([3], told.Of("falter_syscall_duration_seconds_bucket", ("le", "2.048e-06")));
        Assert.Equal([3], told.Of("falter_syscall_duration_seconds_bucket", ("le", "17.179869184")));
        Assert.Equal([5], told.Of("falter_syscall_duration_seconds_bucket", ("le", "+Inf")));
        Assert.Equal([5], told.Of("falter_syscall_duration_seconds_count"));
        Assert.Equal([80.0000045], told.Of("falter_syscall_duration_seconds_sum"));
        Assert.Equal("histogram", told.Types["falter_syscall_duration_seconds"]);
    }

    [Fact]
    public void The_page_of_metrics_is_what_the_program_publishes()
    {
        string page = Repository.PathOf("docs/reference/metrics.md");
        if (Environment.GetEnvironmentVariable("FALTER_UPDATE") == "1") File.WriteAllText(page, MetricsPage.Render());
        Assert.True(File.Exists(page) && File.ReadAllText(page) == MetricsPage.Render(), "docs/reference/metrics.md is out of date; run the tests once with FALTER_UPDATE=1");
    }
}
