using Falter.Records;

namespace Falter.Tests.Words;

public class DecisionTests
{
    [Theory]
    [InlineData(0.001)]
    [InlineData(0.05)]
    [InlineData(0.5)]
    public void The_share_of_failed_calls_is_the_rate(double rate)
    {
        const int Calls = 200_000;
        int failed = Enumerable.Range(0, Calls).Count(call => Decision.Fails(seed: 42, slot: 0, thread: 3, call, rate));
        // 4 standard deviations of the binomial distribution; the draw is fixed by the seed, so the test cannot flicker.
        Assert.InRange(failed, Calls * rate - 4 * Math.Sqrt(Calls * rate * (1 - rate)), Calls * rate + 4 * Math.Sqrt(Calls * rate * (1 - rate)));
    }

    [Fact]
    public void Rates_of_none_and_all_are_exact()
    {
        Assert.All(Enumerable.Range(0, 1000), call => Assert.True(Decision.Fails(1, 0, 0, call, 1)));
        Assert.All(Enumerable.Range(0, 1000), call => Assert.False(Decision.Fails(1, 0, 0, call, 0)));
    }

    [Fact]
    public void The_same_seed_gives_the_same_choices_and_everything_else_takes_part()
    {
        static bool[] Draw(ulong seed, int rule, int thread) => [.. Enumerable.Range(0, 256).Select(call => Decision.Fails(seed, rule, thread, call, 0.5))];
        Assert.Equal(Draw(7, 1, 2), Draw(7, 1, 2));
        Assert.NotEqual(Draw(7, 1, 2), Draw(8, 1, 2));
        Assert.NotEqual(Draw(7, 1, 2), Draw(7, 2, 2));
        Assert.NotEqual(Draw(7, 1, 2), Draw(7, 1, 3));
        Assert.NotEqual(Draw(7, 1, 2), Draw(7, 2, 1));
    }
}
