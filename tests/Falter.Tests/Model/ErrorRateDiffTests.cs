using Falter.Model;
using Falter.Records;

namespace Falter.Tests.Model;

public class ErrorRateDiffTests
{
    [Theory]
    // The lady tasting tea (Fisher 1935), the two examples of scipy.stats.fisher_exact, and the table of men and women who diet in the literature.
    [InlineData(3, 4, 1, 4, 0.4857142857142857)]
    [InlineData(8, 10, 1, 6, 0.03496503496503495)]
    [InlineData(6, 8, 1, 5, 0.10256410256410256)]
    [InlineData(1, 12, 9, 12, 0.002759456185220088)]
    public void Fishers_test_agrees_with_the_textbook(long a, long n, long b, long m, double expected) => Assert.Equal(expected, FisherTest.TwoSided(a, n, b, m), 1e-12);

    [Fact]
    public void Fishers_test_agrees_with_the_sum_over_all_tables()
    {
        var random = new Random(11);
        for (int i = 0; i < 3000; i++)
        {
            long n = random.Next(1, 60), m = random.Next(1, 60), a = random.Next(0, (int)n + 1), b = random.Next(0, (int)m + 1);
            Assert.Equal(Naive(a, n, b, m), FisherTest.TwoSided(a, n, b, m), 1e-9);
            Assert.Equal(FisherTest.TwoSided(a, n, b, m), FisherTest.TwoSided(b, m, a, n), 1e-9);
        }
    }

    [Fact]
    public void Fishers_test_bears_counts_of_a_day()
    {
        Assert.Equal(1, FisherTest.TwoSided(73_114_296, 149_587_117, 73_114_296, 149_587_117), 1e-6);
        Assert.True(FisherTest.TwoSided(73_114_296, 149_587_117, 73_214_296, 149_587_117) < 1e-12);
        Assert.InRange(FisherTest.TwoSided(5, 1_000_000_000_000, 5, 1_000_000_000_000), 0.99, 1);
        // With so many calls the events are divided as by a coin: 2 · (1/2)^20.
        Assert.Equal(2 * Math.Pow(0.5, 20), FisherTest.TwoSided(0, 1_000_000_000_000, 20, 1_000_000_000_000), 1e-10);
        Assert.InRange(FisherTest.TwoSided(400_000_000, 1_000_000_000_000, 400_020_000, 1_000_000_000_000), 0.4, 0.6);
        Assert.Equal(1, FisherTest.TwoSided(0, 0, 5, 10));
        Assert.Equal(1, FisherTest.TwoSided(0, 10, 0, 10));
        Assert.Equal(1, FisherTest.TwoSided(10, 10, 7, 7));
    }

    [Fact]
    public void Holms_correction_keeps_the_order_and_never_falls()
    {
        double[] adjusted = [.. Holm.Adjusted([0.01, 0.04, 0.03, 0.005])];
        double[] expected = [0.03, 0.06, 0.06, 0.02];
        for (int i = 0; i < adjusted.Length; i++) Assert.Equal(expected[i], adjusted[i], 1e-12);
        Assert.Equal([1.0, 1.0], Holm.Adjusted([0.9, 0.8]));
        Assert.Empty(Holm.Adjusted([]));
    }

    [Fact]
    public void New_vanished_and_changed_errors_are_found()
    {
        ErrorWindow before = Window(("web", "openat", "ENOENT", 50, 1000), ("web", "read", "EAGAIN", 500, 1000), ("web", "connect", "ECONNREFUSED", 30, 100), ("web", "close", "EBADF", 5, 5000));
        ErrorWindow after = Window(("web", "openat", "ENOENT", 200, 1000), ("web", "read", "EAGAIN", 505, 1000), ("web", "write", "EPIPE", 3, 100), ("web", "close", "EBADF", 6, 5000)) with
        {
            Invocations = new Dictionary<(string, Syscall), long>
            {
                [("web", Syscall.Named("openat"))] = 1000, [("web", Syscall.Named("read"))] = 1000, [("web", Syscall.Named("write"))] = 100, [("web", Syscall.Named("close"))] = 5000, [("web", Syscall.Named("connect"))] = 100,
            },
        };
        Dictionary<string, ErrorRateDifference> found = ErrorRateDiff.Between(before, after, new ErrorRateDiffOptions()).ToDictionary(d => $"{d.Syscall}:{d.Errno}");
        Assert.Equal((ErrorRateChange.Changed, true), (found["openat:ENOENT"].Change, found["openat:ENOENT"].Significant));
        Assert.Equal((ErrorRateChange.Same, false), (found["read:EAGAIN"].Change, found["read:EAGAIN"].Significant));
        Assert.Equal((ErrorRateChange.Same, false), (found["close:EBADF"].Change, found["close:EBADF"].Significant));
        Assert.Equal((ErrorRateChange.Vanished, true), (found["connect:ECONNREFUSED"].Change, found["connect:ECONNREFUSED"].Significant));
        // The first window has no write at all, so there is nothing to compare the new error with.
        Assert.Equal((ErrorRateChange.New, false, null), (found["write:EPIPE"].Change, found["write:EPIPE"].Significant, found["write:EPIPE"].P));
        Assert.Equal(new ErrorCount(0, 100), found["connect:ECONNREFUSED"].Second);
    }

    [Fact]
    public void A_certain_but_small_difference_is_below_the_threshold()
    {
        ErrorWindow before = Window(("web", "read", "EAGAIN", 500_000, 1_000_000)), after = Window(("web", "read", "EAGAIN", 520_000, 1_000_000));
        ErrorRateDifference found = Assert.Single(ErrorRateDiff.Between(before, after, new ErrorRateDiffOptions()));
        Assert.True(found is { Significant: false, Change: ErrorRateChange.Same, P: < 1e-12 });
        Assert.True(Assert.Single(ErrorRateDiff.Between(before, after, new ErrorRateDiffOptions { Threshold = 1 })).Significant);
    }

    [Fact]
    public void Windows_of_the_same_rates_are_hardly_ever_called_different()
    {
        var random = new Random(5);
        ErrorWindow Drawn() => Window([.. Enumerable.Range(0, 20).Select(i => ($"p{i}", "read", "EAGAIN", (long)Enumerable.Range(0, 400).Count(_ => random.NextDouble() < 0.1), 400L))]);
        int alarms = Enumerable.Range(0, 200).Count(_ => ErrorRateDiff.Between(Drawn(), Drawn(), new ErrorRateDiffOptions { Level = 0.05, Threshold = 1 }).Any(d => d.Significant));
        // At most 5 % of 200 comparisons by the level; the test is conservative, and 20 is four standard deviations above.
        Assert.InRange(alarms, 0, 20);
    }

    private static double Naive(long a, long n, long b, long m)
    {
        double LogChoose(double x, double y) => MathNet.Numerics.SpecialFunctions.GammaLn(x + 1) - MathNet.Numerics.SpecialFunctions.GammaLn(y + 1) - MathNet.Numerics.SpecialFunctions.GammaLn(x - y + 1);
        double Probability(long k) => Math.Exp(LogChoose(n, k) + LogChoose(m, a + b - k) - LogChoose(n + m, a + b));
        double own = Probability(a);
        return Math.Min(1, Enumerable.Range((int)Math.Max(0, a + b - m), (int)(Math.Min(n, a + b) - Math.Max(0, a + b - m)) + 1).Select(k => Probability(k)).Where(p => p <= own * (1 + 1e-7)).Sum());
    }

    private static ErrorWindow Window(params (string Process, string Syscall, string Errno, long Failures, long Invocations)[] errors) => new()
    {
        Series = [.. errors.Select(e => new ErrorSeries
        {
            Process = e.Process,
            Syscall = Syscall.Named(e.Syscall),
            Errno = Errno.TryParse(e.Errno, out Errno errno) ? errno : throw new ArgumentException(e.Errno, nameof(errors)),
            Failures = e.Failures,
            Invocations = e.Invocations,
            Rates = [new IntervalRate(e.Failures / (double)e.Invocations, e.Invocations)],
        })],
        Invocations = errors.ToDictionary(e => (e.Process, Syscall.Named(e.Syscall)), e => e.Invocations),
        Intervals = 1,
    };
}
