using Falter.Observe;
using Falter.Records;

namespace Falter.Tests.Observe;

/// <summary>What is published is what was read.</summary>
public class PublishedMetricsTests
{
    private static readonly Syscall s_openat = Syscall.Named("openat"), s_read = Syscall.Named("read");
    private static readonly Outcome s_enoent = new(2), s_eio = new(5);

    [Fact]
    public void Counters_grow_from_reading_to_reading_and_add_up_rows_that_differ_in_nothing_published()
    {
        PublishedMetrics metrics = Metrics();
        metrics.Add(Sample(Row("nginx", s_openat, s_enoent, 3), Row("nginx", s_openat, s_enoent, 2) with { EntrySkipped = true, Latency = null }));
        metrics.Add(Sample(Row("nginx", s_openat, s_enoent, 10), Row("nginx", s_read, new Outcome(512), 1), Row("nginx", s_read, new Outcome(514), 1)));
        Exposition told = Published(metrics);
        Assert.Equal([15], told.Of("falter_syscalls_total", ("process", "nginx"), ("syscall", "openat"), ("outcome", "error"), ("errno", "ENOENT"), ("injected", "false")));
        Assert.Equal([2], told.Of("falter_syscalls_total", ("syscall", "read"), ("outcome", "interrupted"), ("errno", "")));
        Assert.Equal("counter", told.Types["falter_syscalls_total"]);
    }

    [Fact]
    public void The_ratio_is_that_of_the_last_interval_and_ends_with_the_error()
    {
        PublishedMetrics metrics = Metrics();
        metrics.Add(Sample(Row("nginx", s_openat, s_enoent, 1), Row("nginx", s_openat, Outcome.Success, 3), Row("nginx", s_read, s_eio, 7)));
        Assert.Equal([0.25], Published(metrics).Of("falter_syscall_errors_ratio", ("syscall", "openat")));
        Assert.Equal([1], Published(metrics).Of("falter_syscall_errors_ratio", ("syscall", "read"), ("errno", "EIO")));
        metrics.Add(Sample(Row("nginx", s_openat, Outcome.Success, 3)));
        Assert.Empty(Published(metrics).Of("falter_syscall_errors_ratio"));
        Assert.Equal([1], Published(metrics).Of("falter_syscalls_total", ("errno", "ENOENT")));
    }

    [Fact]
    public void Injected_errors_are_series_of_their_own_and_not_part_of_latencies()
    {
        PublishedMetrics metrics = Metrics();
        metrics.Add(Sample(Row("nginx", s_read, s_eio, 2), Row("nginx", s_read, s_eio, 5) with { Injected = true }));
        metrics.AddInjections("read:error=EIO:rate=5%", s_read, new Errno(5), 4);
        metrics.AddInjections("read:error=EIO:rate=5%", s_read, new Errno(5), 1);
        Exposition told = Published(metrics);
        Assert.Equal([2], told.Of("falter_syscalls_total", ("injected", "false")));
        Assert.Equal([5], told.Of("falter_syscalls_total", ("injected", "true")));
        Assert.Equal([2], told.Of("falter_syscall_duration_seconds_count"));
        Assert.Equal([5], told.Of("falter_injections_total", ("rule", "read:error=EIO:rate=5%"), ("syscall", "read"), ("errno", "EIO")));
        Assert.Equal([5], told.Of("failed_syscalls_total", ("injected_on_purpose", "True")));
    }

    [Fact]
    public void Phoebes_names_bear_its_seven_labels()
    {
        PublishedMetrics metrics = Metrics();
        metrics.Add(Sample(Row("nginx", s_openat, s_enoent, 1), Row("nginx", s_openat, Outcome.Success, 3)));
        Exposition told = Published(metrics);
        (string, string)[] labels = [("hostname", "a-host"), ("application_name", "nginx"), ("pid", "None"), ("layer", "os"), ("syscall_name", "openat"), ("injected_on_purpose", "False")];
        Assert.Equal([3], told.Of("failed_syscalls_total", [.. labels, ("error_code", "SUCCESS")]));
        Assert.Equal([0.25], told.Of("syscalls_failure_rate", [.. labels, ("error_code", "ENOENT")]));
        Assert.Empty(told.Of("syscalls_failure_rate", ("error_code", "SUCCESS")));
        // 2 µs a call.
        Assert.Equal([6], told.Of("failed_syscalls_latency_total", ("error_code", "SUCCESS")));
        Assert.Equal([2], told.Of("syscalls_avg_latency", ("error_code", "SUCCESS")));
        metrics.Add(Sample());
        Assert.Empty(Published(metrics).Of("syscalls_avg_latency"));
        Assert.DoesNotContain(Published(Metrics(phoebeNames: false)).Series, s => s.Name.StartsWith("failed_", StringComparison.Ordinal));
    }

    [Fact]
    public void Without_latencies_there_is_no_histogram()
    {
        PublishedMetrics metrics = Metrics();
        metrics.Add(Sample(Row("nginx", s_openat, s_enoent, 1) with { Latency = null }));
        Assert.DoesNotContain(Published(metrics).Series, s => s.Name.StartsWith("falter_syscall_duration", StringComparison.Ordinal) || s.Name.Contains("latency", StringComparison.Ordinal));
    }

    [Fact]
    public void Phases_and_checks_are_told_from_the_first_on()
    {
        PublishedMetrics metrics = Metrics();
        Assert.Empty(Published(metrics).Of("falter_experiment_phase"));
        metrics.SetPhase(RunPhase.Inject);
        metrics.SetCheck("http://127.0.0.1:8080/", false);
        metrics.SetPhase(RunPhase.Recover);
        metrics.SetCheck("http://127.0.0.1:8080/", true);
        Exposition told = Published(metrics);
        Assert.Equal([1], told.Of("falter_experiment_phase", ("phase", "recover")));
        Assert.Equal(1, told.Of("falter_experiment_phase").Sum());
        Assert.Equal(Enum.GetValues<RunPhase>().Length, told.Of("falter_experiment_phase").Count());
        Assert.Equal([1], told.Of("falter_check_up", ("check", "http://127.0.0.1:8080/")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void However_many_programs_the_target_starts_there_are_never_more_series_than_allowed(bool phoebeNames)
    {
        const int most = 500;
        var metrics = new PublishedMetrics(new MetricOptions { MaxSeries = most, PhoebeNames = phoebeNames, Version = "1", HostName = "h" });
        long dropped = 0;
        for (int i = 0; i < 300; i++)
        {
            metrics.Add(Sample(Row($"cc1-{i}", s_openat, s_enoent, 1), Row($"cc1-{i}", s_read, Outcome.Success, 1)));
            metrics.SetCheck($"check {i}", true);
            Exposition told = Published(metrics);
            // Apart from the three that there always are.
            Assert.InRange(told.Series.Count, 1, most + 3);
            Assert.InRange(told.Of("falter_series_dropped_total").Single(), dropped, double.MaxValue);
            dropped = metrics.SeriesDropped;
        }
        Assert.True(dropped > 0);
        // What was there from the begin on goes on being counted.
        metrics.Add(Sample(Row("cc1-0", s_openat, s_enoent, 4)));
        Assert.Equal([5], Published(metrics).Of("falter_syscalls_total", ("process", "cc1-0"), ("errno", "ENOENT")));
    }

    [Fact]
    public async Task What_is_read_while_readings_come_in_is_always_of_one_reading()
    {
        PublishedMetrics metrics = Metrics();
        Task adding = Task.Run(() =>
        {
            for (int i = 0; i < 3000; i++) metrics.Add(Sample(Row("nginx", s_openat, s_enoent, 3), Row("nginx", s_read, Outcome.Success, 3)));
        });
        double last = 0;
        do
        {
            Exposition told = Published(metrics);
            double[] calls = [.. told.Of("falter_syscalls_total")];
            if (calls.Length == 0) continue;
            Assert.Equal(2, calls.Length);
            Assert.All(calls.Concat(told.Of("falter_syscall_duration_seconds_count")).Concat(told.Of("failed_syscalls_total")), c => Assert.Equal(calls[0], c));
            Assert.InRange(calls[0], last, 9000);
            last = calls[0];
        }
        while (!adding.IsCompleted);
        await adding;
        Assert.Equal([9000, 9000], Published(metrics).Of("falter_syscalls_total"));
    }

    [Fact]
    public void Lost_calls_are_told_from_the_begin_on()
    {
        PublishedMetrics metrics = Metrics();
        Assert.Equal([0], Published(metrics).Of("falter_events_lost_total", ("reason", "map_full")));
        metrics.Add(Sample() with { Lost = 7 });
        Assert.Equal([7], Published(metrics).Of("falter_events_lost_total", ("reason", "map_full")));
        Assert.Equal([1], Published(metrics).Of("falter_build_info", ("version", "1.2.3")));
    }

    private static PublishedMetrics Metrics(bool phoebeNames = true) => new(new MetricOptions { PhoebeNames = phoebeNames, Version = "1.2.3", HostName = "a-host" });

    private static Exposition Published(PublishedMetrics metrics) => Exposition.Parse(PrometheusText.Write(metrics.Read()));

    private static IntervalSample Sample(params SyscallRow[] rows) => new() { Time = DateTimeOffset.UnixEpoch, IntervalSeconds = 1, Rows = rows };

    private static SyscallRow Row(string process, Syscall syscall, Outcome outcome, long count) => new()
    {
        Process = process,
        Syscall = syscall,
        Outcome = outcome,
        Count = count,
        TotalNs = count * 2000,
        Latency = new LatencyHistogram(LatencyHistogram.BucketOf(2000), [count]),
    };
}
