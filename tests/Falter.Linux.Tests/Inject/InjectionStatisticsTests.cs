using Falter.Model;
using Falter.Records;

namespace Falter.Linux.Tests.Inject;

/// <summary>That calls are failed as often as asked for, and the same ones again. Seeds are fixed, and so are the results.</summary>
public sealed class InjectionStatisticsTests
{
    private const int Calls = 100_000;

    // 99.9 % of a normal distribution lie within so many standard deviations.
    private const double Deviations = 3.2905;

    [Theory]
    [InlineData(0.001)]
    [InlineData(0.05)]
    [InlineData(0.5)]
    [InlineData(1)]
    public async Task The_observed_rate_lies_in_the_interval(double rate)
    {
        InjectionRun run = await InjectionRun.Of("seccomp", Rule("getppid", "EIO", rate), 20_261_121, "getppid", $"{Calls}");
        AssertRate(rate, run.Ended(5));
        Assert.Equal(new InjectionCounts(Calls, run.Ended(5)), run.Counts[0]);
    }

    [Theory]
    [InlineData(40)]
    [InlineData(8)]
    [InlineData(3)]
    public async Task A_calibrated_model_reaches_its_rate_beside_natural_errors(int oneOf)
    {
        string[] program = ["nature", $"{Calls}", $"{oneOf}", "/dev/null"];
        long failures = (await InjectionRun.Of("seccomp", "getppid:error=EIO", 1, program)).Ended(Errno.ENOENT.Number);
        double natural = failures / (double)Calls;
        Assert.InRange(natural, 0.9 / oneOf, 1.1 / oneOf);
        ErrorModel model = ErrorModelSynthesizer.Model(Syscall.Named("openat"), Errno.ENOENT, failures, Calls, Enumerable.Repeat(natural, 20), new ErrorModelOptions { Calibrated = true });
        Assert.InRange(model.InjectedRate, natural * 1.01, 1);
        InjectionRun run = await InjectionRun.Of("seccomp", Rule("openat", "ENOENT", model.InjectionProbability!.Value), 7, program);
        AssertRate(model.InjectedRate, run.Ended(Errno.ENOENT.Number));
    }

    [Fact]
    public async Task The_same_seed_fails_the_same_calls_of_each_thread_by_any_mechanism()
    {
        string rule = Rule("getppid", "EIO", 0.3);
        string[] program = ["choices", "2000", "4"];
        string[] first = Choices(await InjectionRun.Of("seccomp", rule, 1, program));
        Assert.Equal(4, first.Distinct().Count());
        Assert.All(first, c => Assert.InRange(c.Count(f => f == '1'), 1, 1999));
        Assert.Equal(first, Choices(await InjectionRun.Of("seccomp", rule, 1, program)));
        Assert.Equal(first, Choices(await InjectionRun.Of("ptrace", rule, 1, program)));
        Assert.Equal(first, Choices(await InjectionRun.Of("ptrace", $"{rule}:phase=after", 1, program)));
        string[] others = Choices(await InjectionRun.Of("seccomp", rule, 2, program));
        Assert.All(first.Zip(others), pair => Assert.NotEqual(pair.First, pair.Second));
    }

    private static string Rule(string call, string errno, double rate) => FormattableString.Invariant($"{call}:error={errno}:rate={rate:0.############}");

    /// <summary>For each thread, its calls in order: 1 where it failed.</summary>
    private static string[] Choices(InjectionRun run) =>
        [.. run.Output.Split('\n').Where(l => l.StartsWith("thread ", StringComparison.Ordinal)).Select(l => l.Split(' ')[2])];

    private static void AssertRate(double rate, long failed)
    {
        double expected = Calls * rate, deviation = Deviations * Math.Sqrt(Calls * rate * (1 - rate));
        Assert.InRange(failed, Math.Ceiling(expected - deviation), Math.Floor(expected + deviation));
    }
}
