using FsCheck;
using FsCheck.Fluent;
using Falter.Model;
using Falter.Records;

namespace Falter.Tests.Model;

public class ErrorModelTests
{
    [Theory]
    [InlineData(ErrorModelClass.Sporadic, 0.05, 0.01, 0.02, 0.04)]
    [InlineData(ErrorModelClass.Fluctuating, 0.5, 0.01, 0.5, 0.5)]
    [InlineData(ErrorModelClass.Steady, 0.24, 0.2, 0.2, 0.2)]
    [InlineData(ErrorModelClass.Steady, 1, 0.9, 0.95, 0.95)]
    public void The_class_decides_the_injected_rate(ErrorModelClass expected, double rate, params double[] rates)
    {
        // The outer percentiles are taken from a sample that is long enough for them to be its ends.
        IEnumerable<double> sample = Enumerable.Repeat(rates[0], 10).Concat(Enumerable.Repeat(rates[1], 60)).Concat(Enumerable.Repeat(rates[2], 30));
        ErrorModel model = ErrorModelSynthesizer.Model(Syscall.Named("read"), Errno.EAGAIN, 500, 5000, sample, new ErrorModelOptions());
        Assert.Equal(expected, model.Class);
        Assert.Equal(rate, model.InjectedRate, 9);
    }

    [Fact]
    public void Rates_are_taken_per_interval_over_all_processes_and_only_where_the_error_occurred()
    {
        IntervalSample[] samples =
        [
            Interval(Row("web", "openat", 0, 6), Row("worker", "openat", 0, 2), Row("web", "openat", 2, 2)),
            Interval(Row("web", "openat", 0, 100)),
            Interval(Row("web", "openat", 0, 5), Row("worker", "openat", 2, 5)),
        ];
        ErrorModel model = Assert.Single(ErrorModelSynthesizer.Synthesize(samples, new ErrorModelOptions()));
        Assert.Equal("openat:ENOENT", model.Name);
        Assert.Equal(2, model.Natural.Intervals);
        Assert.Equal(7, model.Natural.Failures);
        Assert.Equal(120, model.Natural.Invocations);
        Assert.Equal((0.2 + 0.5) / 2, model.Natural.RateMean, 12);
        Assert.True(model.Weak);
    }

    [Fact]
    public void Injected_and_interrupted_calls_are_no_natural_errors()
    {
        IntervalSample[] samples =
        [
            Interval(Row("web", "read", 0, 10), Row("web", "read", 5, 10) with { Injected = true }, Row("web", "read", 512, 3), Row("web", "futex", 516, 4)),
        ];
        Assert.Empty(ErrorModelSynthesizer.Synthesize(samples, new ErrorModelOptions()));
    }

    [Fact]
    public void An_injected_rate_is_never_below_the_floor_nor_above_one_nor_below_nature() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Choose(1, 10_000).NonEmptyListOf().ToArbitrary(),
        thousandths =>
        {
            double[] rates = [.. thousandths.Select(t => t / 10_000.0)];
            ErrorModel model = ErrorModelSynthesizer.Model(Syscall.Named("read"), Errno.EAGAIN, 10, 100, rates, new ErrorModelOptions());
            return model.InjectedRate is >= 0.05 and <= 1 && model.InjectedRate >= model.Natural.RateP95 - 1e-12;
        }));

    [Theory]
    [InlineData(ErrorModelClass.Sporadic, 0.05, 0.05, 0.05)]
    [InlineData(ErrorModelClass.Steady, 0.24, 0.15, 0.2)]
    [InlineData(ErrorModelClass.Fluctuating, 0.3, 0.1, 0.3)]
    public void The_variance_rule_parts_by_variance(ErrorModelClass expected, double rate, double low, double high)
    {
        // Half low, half high: a variance of ((high - low) / 2) squared: 0, 0.000625 and 0.01, around the constant 0.001.
        IEnumerable<double> sample = Enumerable.Repeat(low, 50).Concat(Enumerable.Repeat(high, 50));
        ErrorModel model = ErrorModelSynthesizer.Model(Syscall.Named("read"), Errno.EAGAIN, 500, 5000, sample, new ErrorModelOptions { Rule = ErrorModelRule.Variance });
        Assert.Equal(expected, model.Class);
        Assert.Equal(rate, model.InjectedRate, 9);
    }

    [Fact]
    public void The_two_rules_part_at_the_floor_itself()
    {
        double[] sample = [0.05, 0.05, 0.05];
        Assert.Equal(ErrorModelClass.Steady, ErrorModelSynthesizer.Model(Syscall.Named("read"), Errno.EAGAIN, 500, 5000, sample, new ErrorModelOptions()).Class);
        Assert.Equal(ErrorModelClass.Sporadic, ErrorModelSynthesizer.Model(Syscall.Named("read"), Errno.EAGAIN, 500, 5000, sample, new ErrorModelOptions { Rule = ErrorModelRule.Variance }).Class);
    }

    [Fact]
    public void Drawing_with_the_calibrated_probability_gives_the_injected_rate_in_all() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Choose(0, 9_999).Two().ToArbitrary(),
        pair =>
        {
            (double target, double natural) = ((pair.Item1 + 1) / 10_000.0, pair.Item2 / 10_000.0);
            double p = ErrorModelSynthesizer.Calibrated(target, natural);
            return p is >= 0 and <= 1 && Math.Abs(Math.Max(target, natural) - (p + (1 - p) * natural)) < 1e-12;
        }));

    [Fact]
    public void An_interval_with_injected_calls_is_left_out_whole()
    {
        IntervalSample[] samples =
        [
            Interval(Row("web", "read", 0, 9), Row("web", "read", 11, 1)),
            Interval(Row("web", "read", 0, 5), Row("web", "read", 11, 5), Row("db", "write", 5, 1) with { Injected = true }),
            Interval(Row("web", "read", 0, 8), Row("web", "read", 11, 2)) with { Lost = 3 },
        ];
        ErrorWindow window = ErrorWindows.Of(samples, byProcess: true);
        Assert.Equal((2, 1, 3), (window.Intervals, window.LeftOut, window.Lost));
        ErrorSeries series = Assert.Single(window.Series);
        Assert.Equal((3, 20), (series.Failures, series.Invocations));
        Assert.Equal([0.1, 0.2], series.Rates.Select(r => r.Rate));
    }

    [Fact]
    public void Processes_are_kept_apart_or_taken_together()
    {
        IntervalSample[] samples = [Interval(Row("web", "read", 0, 9), Row("web", "read", 11, 1), Row("db", "read", 0, 1), Row("db", "read", 11, 9))];
        Assert.Equal([("db", 0.9), ("web", 0.1)], ErrorWindows.Of(samples, byProcess: true).Series.Select(s => (s.Process, s.Rates[0].Rate)).Order());
        Assert.Equal([("", 0.5)], ErrorWindows.Of(samples, byProcess: false).Series.Select(s => (s.Process, s.Rates[0].Rate)));
        ErrorSeries together = Assert.Single(ErrorWindows.Together(ErrorWindows.Of(samples, byProcess: true)).Series);
        Assert.Equal(("", 10, 20, 2), (together.Process, together.Failures, together.Invocations, together.Rates.Count));
    }

    [Fact]
    public void Bursts_keep_length_and_spacing_of_runs()
    {
        IntervalSample[] samples = [Interval(Row("web", "read", 0, 90), Row("web", "read", 11, 10) with { Runs = 4 }), Interval(Row("web", "read", 0, 94), Row("web", "read", 11, 6) with { Runs = 4 })];
        ErrorModel model = Assert.Single(ErrorModelSynthesizer.Synthesize(samples, new ErrorModelOptions()));
        Assert.Equal(new ErrorBursts { Runs = 8, MeanLength = 2, MeanSpacing = 23 }, model.Natural.Bursts);
        Assert.Null(Assert.Single(ErrorModelSynthesizer.Synthesize(samples, new ErrorModelOptions { Bursts = false })).Natural.Bursts);
        Assert.Null(Assert.Single(ErrorModelSynthesizer.Synthesize([Interval(Row("web", "read", 11, 10))], new ErrorModelOptions())).Natural.Bursts);
    }

    [Fact]
    public void Gilberts_model_of_two_states_with_these_bursts_gives_the_natural_rate_again()
    {
        var bursts = new ErrorBursts { Runs = 8, MeanLength = 2.5, MeanSpacing = 40 };
        var random = new Random(7);
        const int calls = 400_000;
        bool failing = false;
        int failures = 0, runs = 0;
        for (int call = 0; call < calls; call++)
        {
            bool fails = failing ? random.NextDouble() >= 1 / bursts.MeanLength : random.NextDouble() < 1 / (1 + bursts.MeanSpacing);
            // A run that ends gives way to one call that succeeds at least, which the spacing counts.
            if (fails && !failing) runs++;
            if (fails) failures++;
            failing = fails;
        }
        Assert.Equal(bursts.MeanLength, failures / (double)runs, 0.1);
        Assert.Equal(bursts.MeanSpacing + 1, (calls - failures) / (double)runs, 1.5);
    }

    [Fact]
    public void Every_model_says_how_well_its_rate_is_known()
    {
        ErrorModel model = ErrorModelSynthesizer.Model(Syscall.Named("read"), Errno.EAGAIN, 12, 340, [0.1, 0.2, 0.3], new ErrorModelOptions());
        Assert.Equal(12 / 340.0, model.Natural.RateWeighted);
        Assert.Equal(Proportions.Wilson(12, 340), (model.Natural.RateLow!.Value, model.Natural.RateHigh!.Value));
        ErrorModel plain = ErrorModelSynthesizer.Model(Syscall.Named("read"), Errno.EAGAIN, 12, 340, [0.1, 0.2, 0.3], new ErrorModelOptions { Weighted = false, Intervals = false, Calibrated = false });
        Assert.True(plain is { InjectionProbability: null, Natural: { RateWeighted: null, RateLow: null, RateHigh: null } });
    }

    [Theory]
    [InlineData(true, 2, 100, 1000)]
    [InlineData(true, 3, 4, 1000)]
    [InlineData(true, 3, 10, 19)]
    [InlineData(false, 3, 5, 20)]
    public void A_model_counts_only_with_enough_intervals_failures_and_invocations(bool weak, int intervals, long failures, long invocations) =>
        Assert.Equal(weak, ErrorModelSynthesizer.Model(Syscall.Named("read"), Errno.EAGAIN, failures, invocations, Enumerable.Repeat(0.1, intervals), new ErrorModelOptions()).Weak);

    [Theory]
    [InlineData(true, "futex", "futex", "nanosleep", "epoll_pwait")]
    [InlineData(true, "futex", "futex", "membarrier", "clock_nanosleep")]
    [InlineData(false, "futex", "futex", "clock_nanosleep", "epoll_wait")]
    [InlineData(false, "read", "futex", "nanosleep", "read")]
    [InlineData(false, "nanosleep", "nanosleep", "read")]
    public void Calls_of_go_and_dotnet_runtimes_are_marked(bool isInternal, string failing, params string[] calls)
    {
        IntervalSample sample = Interval([.. calls.Select(c => Row("p", c, 0, 10)), Row("p", failing, 11, 1)]);
        Assert.Equal(isInternal, Assert.Single(ErrorModelSynthesizer.Synthesize(ErrorWindows.Of([sample], byProcess: true), new ErrorModelOptions())).RuntimeInternal);
        Assert.Null(Assert.Single(ErrorModelSynthesizer.Synthesize(ErrorWindows.Of([sample], byProcess: true), new ErrorModelOptions { Marks = false })).RuntimeInternal);
    }

    [Fact]
    public void A_runtime_that_the_user_names_is_believed()
    {
        ErrorWindow window = ErrorWindows.Of([Interval(Row("etcd", "epoll_wait", 4, 10), Row("web", "epoll_wait", 4, 10))], byProcess: true);
        IReadOnlyList<ErrorModel> models = ErrorModelSynthesizer.Synthesize(window, new ErrorModelOptions(), new Dictionary<string, LanguageRuntime> { ["etcd"] = LanguageRuntime.Go });
        Assert.Equal([("etcd", true), ("web", false)], models.Select(m => (m.Process, m.RuntimeInternal!.Value)));
    }

    private static IntervalSample Interval(params SyscallRow[] rows) => new() { Time = DateTimeOffset.UnixEpoch, IntervalSeconds = 1, Rows = rows };

    private static SyscallRow Row(string process, string syscall, short code, long count) =>
        new() { Process = process, Syscall = Syscall.Named(syscall), Outcome = new Falter.Records.Outcome(code), Count = count, TotalNs = count * 100 };
}
