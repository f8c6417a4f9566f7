using Falter.Model;
using Falter.Records;

namespace Falter.Report;

/// <summary>What one run tells of a plan, as far as it is compared.</summary>
internal static class PlanSides
{
    public static PlanSide Of(PlanVerdict plan, Verdict failOn) =>
        new(plan.Verdict, plan.Held, plan.Runs, BrokenTurns(plan, failOn), RequestsAsUsual(plan), plan.Threshold, plan.Counts.Injected, plan.NotRun);

    public static bool IsBroken(PlanVerdict plan, Verdict failOn) => plan.Runs > 0 && plan.Verdict >= failOn;

    /// <summary>Turns at the plan's own rates that were judged, and how many of them were broken.</summary>
    public static (int Broken, int Judged) Turns(PlanVerdict plan, Verdict failOn)
    {
        TurnVerdict[] judged = [.. plan.Turns.Where(t => t.RateFactor == 1 && (t.Verdict >= failOn || t.Verdict is not (Verdict.NotExercised or Verdict.Unknown)))];
        return (judged.Count(t => t.Verdict >= failOn), judged.Length);
    }

    private static ShareEstimate? BrokenTurns(PlanVerdict plan, Verdict failOn)
    {
        (int broken, int judged) = Turns(plan, failOn);
        if (judged == 0) return null;
        (double low, double high) = Proportions.Wilson(broken, judged);
        return new ShareEstimate(broken / (double)judged, low, high, judged);
    }

    /// <summary>
    /// Weighted by requests over the turns. The interval is the weighted mean of the turns' intervals: wider than that of all requests together, never narrower than what the turns themselves know.
    /// </summary>
    private static ShareEstimate? RequestsAsUsual(PlanVerdict plan)
    {
        MeasureEffect[] unusual = [.. plan.Turns.Where(t => t.RateFactor == 1).SelectMany(t => t.Effects).Where(e => e is { Measure: "requests unusual", Phase: RunPhase.Inject, Count: > 0 })];
        long count = unusual.Sum(e => (long)e.Count);
        if (count == 0) return null;
        double Mean(Func<MeasureEffect, double> of) => Math.Clamp(unusual.Sum(e => of(e) * e.Count) / count, 0, 1);
        return new ShareEstimate(Mean(e => 1 - e.Centre), Mean(e => 1 - Math.Min(1, e.BaselineCentre + e.EffectHigh)), Mean(e => 1 - Math.Max(0, e.BaselineCentre + e.EffectLow)), count);
    }
}
