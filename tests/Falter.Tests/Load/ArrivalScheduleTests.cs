using Falter.Load;

namespace Falter.Tests.Load;

public class ArrivalScheduleTests
{
    [Fact]
    public void The_mean_gap_is_the_inverse_of_the_rate_and_gaps_vary_as_poisson_arrivals_do()
    {
        var schedule = new ArrivalSchedule(200, seed: 5);
        double[] gaps = [.. Enumerable.Range(0, 100_000).Select(_ => schedule.NextGapSeconds())];
        double mean = gaps.Average();
        double deviation = Math.Sqrt(gaps.Average(g => (g - mean) * (g - mean)));
        Assert.InRange(mean, 0.00495, 0.00505);
        // An exponential distribution's standard deviation equals its mean.
        Assert.InRange(deviation / mean, 0.98, 1.02);
    }

    [Fact]
    public void The_same_seed_gives_the_same_arrivals()
    {
        var a = new ArrivalSchedule(10, 9);
        var b = new ArrivalSchedule(10, 9);
        for (int i = 0; i < 100; i++)
        {
            Assert.Equal(a.NextGapSeconds(), b.NextGapSeconds());
            Assert.Equal(a.NextChoice(7), b.NextChoice(7));
        }
    }

    [Fact]
    public void A_rate_of_nothing_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => new ArrivalSchedule(0, 1));
}
