using FsCheck;
using FsCheck.Fluent;
using Falter.Model;

namespace Falter.Tests.Model;

public class StatisticsTests
{
    [Fact]
    public void Wilson_intervals_are_those_of_the_literature()
    {
        // Newcombe 1998, table I: 81 of 263, and 0 of 20.
        (double low, double high) = Proportions.Wilson(81, 263);
        Assert.Equal(0.2553, low, 4);
        Assert.Equal(0.3662, high, 4);
        (low, high) = Proportions.Wilson(0, 20);
        Assert.Equal(0, low);
        Assert.Equal(0.1611, high, 4);
        Assert.Equal((0, 1), Proportions.Wilson(0, 0));
    }

    [Fact]
    public void Fishers_test_gives_the_value_of_the_lady_tasting_tea()
    {
        // Fisher 1935: three of four cups right, p = 17/70.
        Assert.Equal(17 / 70.0, Proportions.FisherGreater(1, 4, 3, 4), 12);
        Assert.Equal(1, Proportions.FisherGreater(0, 0, 3, 4));
        Assert.Equal(1, Proportions.FisherGreater(0, 100, 0, 100));
    }

    [Fact]
    public void Fishers_test_holds_for_samples_of_many_thousands()
    {
        double p = Proportions.FisherGreater(0, 40_000, 4, 40_000);
        // Of 4 events none fell into the first of two equal halves: nearly (1/2)^4.
        Assert.InRange(p, 0.0624, 0.0626);
        Assert.InRange(Proportions.FisherGreater(0, 1628, 499, 1598), 0, 1e-100);
    }

    [Fact]
    public void Fishers_p_never_grows_with_more_events() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Choose(1, 60).Four().ToArbitrary(),
        q =>
        {
            (int before, int ofBefore, int after, int ofAfter) = (q.Item1 % (q.Item2 + 1), q.Item2, q.Item3 % q.Item4, q.Item4);
            double p = Proportions.FisherGreater(before, ofBefore, after, ofAfter), more = Proportions.FisherGreater(before, ofBefore, after + 1, ofAfter);
            return p is >= 0 and <= 1 && more <= p + 1e-12;
        }));

    [Fact]
    public void Mann_and_Whitneys_test_tells_shifted_samples_from_equal_ones()
    {
        double[] low = [.. Enumerable.Range(0, 30).Select(i => (double)i)];
        double[] high = [.. low.Select(v => v + 20)];
        Assert.True(MannWhitney.Greater(low, high) < 1e-6);
        Assert.InRange(MannWhitney.Greater(low, low)!.Value, 0.49, 0.51);
        Assert.True(MannWhitney.Greater(high, low) > 0.999);
        Assert.Equal(1, MannWhitney.Greater(new double[20], new double[20]));
        Assert.Null(MannWhitney.Greater(low, [1, 2, 3]));
    }

    [Fact]
    public void Mann_and_Whitneys_p_is_that_of_r()
    {
        // wilcox.test(c(2.1,3.4,1.9,5.5,2.8,4.1,3.3,2.2,3.9,4.4), c(1.1,2.0,1.5,3.0,2.5,1.8,2.6,1.2,3.1,2.4), alternative = "greater", exact = FALSE)
        double[] treated = [2.1, 3.4, 1.9, 5.5, 2.8, 4.1, 3.3, 2.2, 3.9, 4.4], control = [1.1, 2.0, 1.5, 3.0, 2.5, 1.8, 2.6, 1.2, 3.1, 2.4];
        // W = 82; mean 50, variance 175, no ties: z = 31.5 / 13.2288.
        Assert.Equal(0.00863, MannWhitney.Greater(control, treated)!.Value, 4);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.5, 2.5)]
    [InlineData(0.95, 3.85)]
    [InlineData(1, 4)]
    public void Quantiles_interpolate_between_closest_ranks(double p, double expected) => Assert.Equal(expected, Quantiles.Of([4, 2, 1, 3], p), 12);

    [Fact]
    public void Quantiles_lie_within_the_sample_and_grow_with_p() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Choose(0, 1000).NonEmptyListOf().ToArbitrary(), Gen.Choose(0, 100).Two().ToArbitrary(),
        (values, ps) =>
        {
            double[] sample = [.. values.Select(v => v / 7.0)];
            double low = Quantiles.Of(sample, Math.Min(ps.Item1, ps.Item2) / 100.0), high = Quantiles.Of(sample, Math.Max(ps.Item1, ps.Item2) / 100.0);
            return low <= high && low >= sample.Min() && high <= sample.Max();
        }));

    [Fact]
    public void Newcombes_interval_of_a_difference_is_that_of_the_literature()
    {
        // Newcombe 1998, table II, method 10: 56/70 - 48/80.
        (double low, double high) = Proportions.NewcombeDifference(48, 80, 56, 70);
        Assert.Equal(0.0524, low, 4);
        Assert.Equal(0.3339, high, 4);
        // 0/10 - 0/20, the other way round.
        (low, high) = Proportions.NewcombeDifference(0, 20, 0, 10);
        Assert.Equal(-0.1611, low, 4);
        Assert.Equal(0.2775, high, 4);
        (double narrow, double wide) = (Width(1), Width(4));
        Assert.InRange(wide / narrow, 1.7, 2.1);
        static double Width(double effect) => Proportions.NewcombeDifference(80, 400, 120, 400, effect) is var (l, h) ? h - l : 0;
    }

    [Fact]
    public void A_design_effect_makes_fishers_p_that_of_fewer_samples()
    {
        Assert.Equal(Proportions.FisherGreater(1, 20, 8, 20), Proportions.FisherGreater(2, 40, 16, 40, 2), 12);
        Assert.True(Proportions.FisherGreater(2, 40, 16, 40, 1.7) < Proportions.FisherGreater(2, 40, 16, 40, 2));
        Assert.InRange(Proportions.FisherGreater(3, 7, 5, 9, 1.3), 0, 1);
    }

    [Fact]
    public void Ranks_of_independent_samples_give_nearly_the_p_of_mann_and_whitney()
    {
        var random = new Random(1);
        (double At, double Value)[] Series(int n, double shift) => [.. Enumerable.Range(0, n).Select(i => (i * 0.2, random.NextDouble() + shift))];
        (double, double Value)[] before = Series(200, 0), after = Series(200, 0.1);
        double plain = MannWhitney.Greater([.. before.Select(b => b.Value)], [.. after.Select(a => a.Value)])!.Value;
        RankComparison compared = RankComparison.Of(before, after);
        Assert.InRange(compared.Greater!.Value, plain, Math.Sqrt(plain));
        Assert.True(compared.Low <= compared.Delta && compared.Delta <= compared.High && compared.Delta > 0);
        Assert.Null(RankComparison.Of(before[..5], after).Greater);
        RankComparison apart = RankComparison.Of(Series(20, 0), Series(20, 5));
        Assert.Equal(1, apart.Delta);
        Assert.InRange(apart.Low, 0.4, 0.99);
    }

    [Fact]
    public void Samples_that_repeat_each_other_weigh_as_one()
    {
        var random = new Random(2);
        double[] once = [.. Enumerable.Range(0, 400).Select(_ => random.NextDouble())];
        double[] fourfold = [.. once.SelectMany(v => Enumerable.Repeat(v, 4))];
        Assert.InRange(DesignEffect.OfCorrelation(DesignEffect.Correlation(once)), 1, 1.3);
        // Neighbours agree in three of four pairs: (1 + 0.75) / (1 - 0.75).
        Assert.InRange(DesignEffect.OfCorrelation(DesignEffect.Correlation(fourfold)), 5.5, 8);
        Assert.Equal(DesignEffect.Assumed, DesignEffect.OfFailures(new bool[50], [.. Enumerable.Range(0, 50).Select(i => i > 25)]));
        Assert.Equal(1, DesignEffect.OfFailures(new bool[50], [.. Enumerable.Range(0, 50).Select(i => i % 5 == 0)]));
        Assert.True(DesignEffect.OfFailures([.. Enumerable.Range(0, 50).Select(i => i % 25 > 18)], [.. Enumerable.Range(0, 50).Select(i => i > 25)]) > 10);
    }

    [Fact]
    public void A_trend_is_told_from_none_with_its_slope()
    {
        var random = new Random(3);
        MannKendall rising = MannKendall.Of([.. Enumerable.Range(0, 100).Select(i => (i * 0.2, i * 0.2 * 3 + random.NextDouble()))])!.Value;
        Assert.True(rising.P < 1e-6);
        Assert.Equal(3, rising.PerSecond, 1);
        Assert.True(MannKendall.Of([.. Enumerable.Range(0, 100).Select(i => (i * 0.2, random.NextDouble()))])!.Value.P > 0.01);
        Assert.Null(MannKendall.Of([(0, 1), (1, 2)]));
        Assert.Equal(1, MannKendall.Of([.. Enumerable.Range(0, 20).Select(i => ((double)i, 5.0))])!.Value.P);
    }
}
