using System.Text.Json;
using Falter.Records;
using Falter.Report;

namespace Falter.Tests.Report;

public class RunDiffTests
{
    private const string Rule = "web: openat:error=EMFILE:rate=5%";

    private static readonly Verdict[] s_fine = [Verdict.Resilient, Verdict.Resilient, Verdict.Degraded, Verdict.Resilient, Verdict.Resilient];
    private static readonly Verdict[] s_broken = [Verdict.Crashed, Verdict.Crashed, Verdict.Crashed, Verdict.Crashed, Verdict.Crashed];

    [Theory]
    [InlineData(Verdict.Resilient, Verdict.Crashed, PlanChange.NewlyBroken)]
    [InlineData(Verdict.Degraded, Verdict.Corrupted, PlanChange.NewlyBroken)]
    [InlineData(Verdict.Unknown, Verdict.Hung, PlanChange.NewlyBroken)]
    [InlineData(Verdict.NotExercised, Verdict.Hung, PlanChange.NewlyBroken)]
    [InlineData(Verdict.Crashed, Verdict.Resilient, PlanChange.Healed)]
    [InlineData(Verdict.Crashed, Verdict.NotExercised, PlanChange.Changed)]
    [InlineData(Verdict.Crashed, Verdict.Unknown, PlanChange.Changed)]
    [InlineData(Verdict.Crashed, Verdict.Hung, PlanChange.Changed)]
    [InlineData(Verdict.Resilient, Verdict.Degraded, PlanChange.Changed)]
    [InlineData(Verdict.Hung, Verdict.Hung, PlanChange.Unchanged)]
    public void A_change_of_the_verdict_is_named(Verdict before, Verdict after, PlanChange change)
    {
        PlanDifference d = Assert.Single(Between([WrittenRun.Plan(0, "x", [Rule], [before])], [WrittenRun.Plan(0, "x", [Rule], [after])]).Plans);
        Assert.Equal(change, d.Change);
        Assert.Equal(change == PlanChange.NewlyBroken, d.NewlyBroken);
    }

    [Fact]
    public void What_counts_as_broken_can_be_milder()
    {
        PlanVerdict[] a = [WrittenRun.Plan(0, "x", [Rule], [Verdict.Resilient])], b = [WrittenRun.Plan(0, "x", [Rule], [Verdict.Degraded])];
        Assert.Equal(0, Between(a, b).NewlyBroken);
        Assert.Equal(1, Between(a, b, Verdict.Degraded).NewlyBroken);
    }

    [Fact]
    public void Plans_of_one_side_are_told_and_a_broken_one_that_was_not_there_is_new()
    {
        RunDifferences d = Between([WrittenRun.Plan(0, "gone", [Rule], [Verdict.Crashed])], [WrittenRun.Plan(0, "new", [Rule], [Verdict.Crashed]), WrittenRun.Plan(1, "fine", [Rule], [Verdict.Resilient])]);
        Assert.Equal([("new", PlanChange.OnlyInB, true), ("gone", PlanChange.OnlyInA, false), ("fine", PlanChange.OnlyInB, false)], d.Plans.Select(p => (p.Name, p.Change, p.NewlyBroken)));
    }

    [Fact]
    public void Turns_have_intervals_and_a_test_and_few_of_them_prove_nothing()
    {
        PlanDifference five = Assert.Single(Between([WrittenRun.Plan(0, "x", [Rule], s_fine)], [WrittenRun.Plan(0, "x", [Rule], s_broken)]).Plans);
        Assert.Equal(0, five.A!.BrokenTurns!.Share);
        Assert.Equal(1, five.B!.BrokenTurns!.High);
        // Fisher, two-sided, of 0 in 5 and 5 in 5: two tables of C(10,5) = 252.
        Assert.Equal(2 / 252.0, five.TurnsP!.Value, 6);
        RunDifferences one = Between([WrittenRun.Plan(0, "x", [Rule], [Verdict.Resilient])], [WrittenRun.Plan(0, "x", [Rule], [Verdict.Crashed])]);
        Assert.Equal(1, one.Plans[0].TurnsP);
        Assert.Contains("broken turns: 0 of 1 (0% to 79.3%), then 1 of 1 (20.7% to 100%); p = 1, which so few turns can show by chance", RunDiffText.Table(one, all: false));
    }

    [Fact]
    public void Chances_are_corrected_for_all_plans()
    {
        PlanVerdict[] a = [.. Enumerable.Range(0, 10).Select(i => WrittenRun.Plan(i, $"p{i}", [Rule], s_fine))];
        PlanVerdict[] b = [WrittenRun.Plan(0, "p0", [Rule], s_broken), .. a[1..]];
        Assert.Equal(20 / 252.0, Between(a, b).Plans[0].TurnsP!.Value, 6);
    }

    [Theory]
    [InlineData(0.95, 0.93, false)]
    [InlineData(0.95, 0.5, true)]
    [InlineData(0.5, 0.95, true)]
    public void Requests_differ_where_their_intervals_do_not_overlap(double before, double after, bool differ)
    {
        PlanDifference d = Assert.Single(Between([WrittenRun.Plan(0, "x", [Rule], s_fine, usual: before)], [WrittenRun.Plan(0, "x", [Rule], s_fine, usual: after)]).Plans);
        Assert.Equal(before, d.A!.RequestsAsUsual!.Share, 9);
        Assert.Equal(Math.Min(1, after + 0.05), d.B!.RequestsAsUsual!.High, 9);
        Assert.Equal(1500, d.B.RequestsAsUsual.Of);
        Assert.Equal(differ, d.RequestsDiffer);
        Assert.Equal(differ ? PlanChange.Changed : PlanChange.Unchanged, d.Change);
    }

    [Theory]
    [InlineData(0.3, 0.25, 0.35, ThresholdMove.Higher)]
    [InlineData(0.03, 0.02, 0.05, ThresholdMove.Lower)]
    [InlineData(0.14, 0.1, 0.2, ThresholdMove.None)]
    public void A_threshold_has_moved_where_the_intervals_do_not_overlap(double rate, double low, double high, ThresholdMove move)
    {
        RunDifferences d = Between([WrittenRun.Plan(0, "x", [Rule], s_fine, new RateThreshold(0.12, 0.09, 0.16, 14, false))], [WrittenRun.Plan(0, "x", [Rule], s_fine, new RateThreshold(rate, low, high, 14, false))]);
        Assert.Equal(move, d.Plans[0].Threshold);
        Assert.Contains("bears rates up to: 12% (9% to 16%), then ", RunDiffText.Table(d, all: true));
    }

    [Fact]
    public void Runs_of_different_experiments_conditions_or_faults_are_compared_and_it_is_said()
    {
        RunData a = Run([WrittenRun.Plan(0, "x", [Rule], [Verdict.Resilient])]), b = Run([WrittenRun.Plan(0, "x", ["web: openat:error=EMFILE:rate=6%"], [Verdict.Resilient])]);
        b = b with { Run = b.Run with { Experiment = "other", InjectSeconds = 99, Kernel = "Linux 7" } };
        IReadOnlyList<Finding> findings = RunDiff.Between(a, b, Verdict.Corrupted).Findings;
        Assert.All(findings, f => Assert.Equal("experiments-differ", f.Code));
        Assert.Contains("A is a run of shop, B of other", findings[0].Message);
        Assert.Contains("seconds of injection (20, 99), the kernel", findings[1].Message);
        Assert.Contains("not the same in A and B: x.", findings[2].Message);
        Assert.Empty(RunDiff.Between(a, a, Verdict.Corrupted).Findings);
        Assert.Equal("interrupted", Assert.Single(RunDiff.Between(a with { IsCutOff = true }, a, Verdict.Corrupted).Findings).Code);
    }

    /// <summary>Whatever two runs hold: nothing is new between a run and itself, each plan is told once, and what is new one way has healed, or was not there, or not judged, the other way.</summary>
    [Fact]
    public void Comparing_is_sound_for_random_runs()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            var chance = new Random(seed);
            PlanVerdict[] a = Plans(chance), b = Plans(chance);
            RunDifferences there = Between(a, b), back = Between(b, a);
            Assert.All(Between(a, a).Plans, p => Assert.Equal((PlanChange.Unchanged, false), (p.Change, p.NewlyBroken)));
            Assert.Equal(a.Concat(b).Select(p => p.Plan.Name).Distinct().Order(StringComparer.Ordinal), there.Plans.Select(p => p.Name).Order(StringComparer.Ordinal));
            Assert.Equal(there.Count(PlanChange.OnlyInA), back.Count(PlanChange.OnlyInB));
            foreach (PlanDifference healed in there.Plans.Where(p => p.Change == PlanChange.Healed)) Assert.Equal(PlanChange.NewlyBroken, back.Plans.Single(p => p.Name == healed.Name).Change);
            using JsonDocument json = JsonDocument.Parse(RunDiffJson.Write(there));
            Assert.Equal(there.Plans.Count, json.RootElement.GetProperty("plans").GetArrayLength());
            Assert.Equal(there.NewlyBroken, json.RootElement.GetProperty("newly_broken").GetInt32());
            Assert.All(there.Plans, p => Assert.Contains(p.Name, RunDiffText.Table(there, all: true)));
            Assert.All(there.Plans, p => Assert.Contains($"| `{p.Name}` |", RunDiffText.MarkdownOf(there, all: true)));
        }
    }

    private static PlanVerdict[] Plans(Random chance) =>
    [
        .. Enumerable.Range(0, 6).Where(_ => chance.Next(4) > 0).Select(i => WrittenRun.Plan(i, $"plan {i}", [Rule], [.. Enumerable.Range(0, chance.Next(4)).Select(_ => (Verdict)chance.Next(7))],
            chance.Next(2) == 0 ? null : new RateThreshold(0.1, 0.05 * chance.Next(2), 0.2, 9, false), usual: chance.Next(2) == 0 ? null : chance.NextDouble())),
    ];

    private static RunDifferences Between(PlanVerdict[] a, PlanVerdict[] b, Verdict failOn = Verdict.Corrupted) => RunDiff.Between(Run(a), Run(b), failOn);

    private static RunData Run(PlanVerdict[] plans) => WrittenRun.Build() with { Verdict = WrittenRun.Verdicts(plans) };
}
