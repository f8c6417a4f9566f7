using Falter.Inject;
using Falter.Records;

namespace Falter.Linux.Tests.Inject;

/// <summary>The shares of calls that fail, as the target sees them, over 100 000 calls and more. The seeds are fixed, and so are the results.</summary>
public sealed class ChoiceStatisticsTests(ITestOutputHelper output)
{
    private const int Calls = 100_000;

    private static SyscallFault Rule(double rate, double? burst = null) =>
        SyscallFault.Error([Syscall.Named("getppid")], new Errno(5), rate) with { Condition = new CallCondition { Rate = rate, Burst = burst } };

    /// <summary>One character for each call: whether it failed.</summary>
    private static async Task<string> Choices(SyscallFault rule, ulong seed, int calls)
    {
        EffectRun run = await EffectRun.Of([rule], seed, "choices", $"{calls}");
        Assert.True(run.Status.IsSuccess);
        string choices = run.Lines.Single(l => l.Length == calls);
        Assert.Equal([new InjectionCounts(calls, choices.Count(c => c == '1'))], run.Counts);
        long let = run.Skipped[0].GetValueOrDefault(SkipReason.Rate);
        Assert.Equal(calls - choices.Count(c => c == '1'), let);
        return choices;
    }

    [Theory]
    [InlineData(0.001)]
    [InlineData(0.05)]
    [InlineData(0.5)]
    [InlineData(1)]
    public async Task The_observed_rate_lies_in_the_binomial_interval(double rate)
    {
        int failed = (await Choices(Rule(rate), 20_261_121, Calls)).Count(c => c == '1');
        (int low, int high) = BinomialInterval(Calls, rate, 0.999);
        output.WriteLine($"{rate:P1}: {failed} of {Calls}, {low} to {high}");
        Assert.InRange(failed, low, high);
    }

    [Fact]
    public async Task Bursts_keep_the_rate_and_have_their_length()
    {
        const double rate = 0.2, burst = 4;
        string choices = await Choices(Rule(rate, burst), 7, Calls);
        int failed = choices.Count(c => c == '1'), runs = choices.Split('0', StringSplitOptions.RemoveEmptyEntries).Length;
        output.WriteLine($"{failed} of {Calls} in {runs} runs");
        // A chain of two states: neighbours correlate by c = 1 - 1/burst - rate/(burst (1 - rate)), which widens the interval by sqrt((1 + c)/(1 - c)).
        double correlation = 1 - 1 / burst - rate / (burst * (1 - rate)), width = 3.29 * Math.Sqrt(Calls * rate * (1 - rate) * (1 + correlation) / (1 - correlation));
        Assert.InRange(failed, Calls * rate - width, Calls * rate + width);
        // Lengths are geometric: standard deviation sqrt(1 - 1/burst) burst.
        double mean = (double)failed / runs, deviation = Math.Sqrt(1 - 1 / burst) * burst / Math.Sqrt(runs);
        Assert.InRange(mean, burst - 3.29 * deviation, burst + 3.29 * deviation);
    }

    [Fact]
    public async Task The_same_seed_makes_the_same_choices_call_by_call()
    {
        string first = await Choices(Rule(0.3), 11, 5000), again = await Choices(Rule(0.3), 11, 5000), other = await Choices(Rule(0.3), 12, 5000);
        Assert.Equal(first, again);
        Assert.NotEqual(first, other);
        // They are those that the records promise: slot 0, the first thread, call by call.
        Assert.Equal(string.Concat(Enumerable.Range(0, 5000).Select(call => Decision.Fails(11, 0, 0, call, 0.3) ? '1' : '0')), first);
    }

    /// <summary>The smallest and largest numbers that a binomial distribution has with at least this probability, its tails shared alike: exact.</summary>
    private static (int Low, int High) BinomialInterval(int n, double p, double confidence)
    {
        if (p >= 1) return (n, n);
        double tail = (1 - confidence) / 2, sum = 0, logOfTerm = n * Math.Log(1 - p), odds = Math.Log(p / (1 - p));
        int low = -1;
        for (int k = 0; ; k++)
        {
            sum += Math.Exp(logOfTerm);
            if (low < 0 && sum > tail) low = k;
            if (sum >= 1 - tail || k == n) return (low, k);
            logOfTerm += odds + Math.Log((double)(n - k) / (k + 1));
        }
    }
}
