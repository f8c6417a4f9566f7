using Falter.Model;
using Falter.Records;

namespace Falter.Tests.Model;

public class BaselineJudgeTests
{
    [Fact]
    public void A_system_that_stays_as_it_is_is_steady()
    {
        int unsteady = Enumerable.Range(0, 200).Count(s => Decide(new SimulatedSystem().Turn(s).Baseline).Steadiness != BaselineSteadiness.Steady);
        Assert.InRange(unsteady, 0, 4);
    }

    [Fact]
    public void A_check_that_fails_most_of_the_time_makes_it_invalid_and_says_how_often()
    {
        BaselineVerdict verdict = Decide(Probes(60, i => i % 3 == 0, _ => 2));
        Assert.Equal(BaselineSteadiness.Invalid, verdict.Steadiness);
        Assert.Contains("failed 40 of 60 times", Assert.Single(verdict.Evidence).Text);
        Assert.Equal(BaselineSteadiness.Invalid, Decide(PhaseObservation.Empty).Steadiness);
        Assert.Equal(BaselineSteadiness.Invalid, Decide(Probes(4, _ => true, _ => 2)).Steadiness);
    }

    [Fact]
    public void A_check_that_fails_now_and_then_makes_it_unsteady()
    {
        BaselineVerdict verdict = Decide(Probes(60, i => i % 5 != 0, _ => 2));
        Assert.Equal(BaselineSteadiness.Unsteady, verdict.Steadiness);
        Assert.Contains("failed 12 of 60 times", verdict.Evidence[0].Text);
    }

    [Theory]
    [InlineData(5, 60)]
    [InlineData(60, 5)]
    public void Halves_that_differ_make_it_unsteady_whichever_is_the_better(double first, double second)
    {
        BaselineVerdict verdict = Decide(Probes(100, _ => true, i => (i < 50 ? first : second) + i * 7 % 5 * 0.1));
        Assert.Equal(BaselineSteadiness.Unsteady, verdict.Steadiness);
        Assert.Contains(verdict.Evidence, e => e.Text.Contains("in the second half of the baseline", StringComparison.Ordinal));
    }

    [Fact]
    public void Latency_that_rises_all_the_time_is_a_trend()
    {
        BaselineVerdict verdict = Decide(Probes(100, _ => true, i => 20 + i * 0.5 + i * 7 % 5));
        Assert.Equal(BaselineSteadiness.Unsteady, verdict.Steadiness);
        Assert.Contains(verdict.Evidence, e => e.Text.Contains("rises through the baseline by 2.5", StringComparison.Ordinal));
    }

    private static BaselineVerdict Decide(PhaseObservation baseline) => BaselineJudge.Decide(baseline, new JudgeOptions());

    private static PhaseObservation Probes(int count, Func<int, bool> passes, Func<int, double> latency) =>
        new([.. Enumerable.Range(0, count).Select(i => new CheckSample(i * 0.2, "GET /", passes(i), true, latency(i), passes(i) ? "200" : "500", RunPhase.Baseline))], []);
}
