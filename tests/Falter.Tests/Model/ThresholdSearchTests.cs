using FsCheck;
using FsCheck.Fluent;
using Falter.Model;
using Falter.Records;

namespace Falter.Tests.Model;

public class ThresholdSearchTests
{
    private static readonly ThresholdSearchOptions s_options = new();

    public static TheoryData<double> Slopes => [.. SimulatedThreshold.Slopes];

    [Theory]
    [MemberData(nameof(Slopes))]
    public void Nine_in_ten_thresholds_lie_within_the_interval_that_promises_nineteen_in_twenty(double slope)
    {
        SimulatedThreshold.Result result = SimulatedThreshold.Search(slope, searches: 400, seed: 3);
        Assert.InRange(result.Covered, 0.9, 1);
        Assert.InRange(result.MostTurns, 1, s_options.MostTurns);
    }

    [Fact]
    public void A_target_that_always_breaks_above_its_threshold_is_known_within_the_precision_before_the_turns_are_used_up()
    {
        ThresholdStep step = Run(rate => rate >= 0.12, out int turns);
        Assert.InRange(step.Threshold!.Rate, 0.1, 0.15);
        Assert.True(step.Threshold.Low <= 0.12 && step.Threshold.High >= 0.12);
        Assert.False(step.Threshold.Bears);
        Assert.InRange(turns, 5, s_options.MostTurns);
    }

    [Fact]
    public void A_target_that_bears_everything_is_said_to_have_no_threshold_below_one()
    {
        ThresholdStep step = Run(_ => false, out int turns);
        Assert.True(step.Threshold!.Bears);
        Assert.Equal(1, step.Threshold.High);
        Assert.Equal(1, step.Threshold.Rate);
        Assert.InRange(turns, 3, 10);
    }

    [Fact]
    public void A_target_that_bears_nothing_has_its_threshold_at_or_below_the_lowest_rate()
    {
        ThresholdStep step = Run(_ => true, out _);
        Assert.False(step.Threshold!.Bears);
        Assert.Equal(0, step.Threshold.Low);
        Assert.InRange(step.Threshold.High, 0, 2 * s_options.Lowest);
    }

    [Fact]
    public void The_same_turns_give_the_same_step_in_any_order() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Choose(1, 1000).Zip(Gen.Elements(true, false)).ListOf(8).ToArbitrary(),
        list =>
        {
            ThresholdTurn[] turns = [.. list.Select(t => new ThresholdTurn(t.Item1 / 1000.0, t.Item2))];
            ThresholdStep one = ThresholdSearch.After(turns, s_options), other = ThresholdSearch.After([.. turns.Reverse()], s_options);
            bool sane = one.Threshold is null || one.Threshold.Low <= one.Threshold.Rate && one.Threshold.Rate <= one.Threshold.High && one.Threshold.High <= 1;
            bool within = one.Next is null || one.Next >= s_options.Lowest * 0.999999 && one.Next <= 1.000001;
            return sane && within && (one.Next is null) == (other.Next is null) && Math.Abs((one.Next ?? 0) - (other.Next ?? 0)) < 1e-9;
        }));

    [Fact]
    public void Rates_that_make_no_sense_are_refused() =>
        Assert.Throws<ArgumentException>(() => ThresholdSearch.After([], new ThresholdSearchOptions { Lowest = 0.5, Highest = 0.1 }));

    private static ThresholdStep Run(Func<double, bool> breaks, out int count)
    {
        var turns = new List<ThresholdTurn>();
        for (ThresholdStep step = ThresholdSearch.After(turns, s_options); ; step = ThresholdSearch.After(turns, s_options))
        {
            if (step.Next is not { } rate)
            {
                count = turns.Count;
                return step;
            }
            turns.Add(new ThresholdTurn(rate, breaks(rate)));
        }
    }
}
