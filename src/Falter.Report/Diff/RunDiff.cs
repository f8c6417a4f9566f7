using Falter.Model;
using Falter.Records;

namespace Falter.Report;

/// <summary>What changed between two runs. Pure: the same runs give the same differences.</summary>
public static class RunDiff
{
    // Two-sided, after Holm's correction for all plans.
    private const double Significance = 0.05;

    /// <summary>Compares the plans of two runs by their names.</summary>
    /// <param name="a">What was before, with a verdict.</param>
    /// <param name="b">What is compared with it, with a verdict.</param>
    /// <param name="failOn">The mildest verdict that counts as broken.</param>
    /// <exception cref="ArgumentException">A run has no verdict.</exception>
    public static RunDifferences Between(RunData a, RunData b, Verdict failOn)
    {
        if (a.Verdict is null || b.Verdict is null) throw new ArgumentException("a run without a verdict cannot be compared");
        (PlanVerdict? A, PlanVerdict? B)[] pairs = [.. Pairs(a.Verdict.Plans, b.Verdict.Plans)];
        double?[] chances = [.. pairs.Select(p => TurnsP(p.A, p.B, failOn))];
        IReadOnlyList<double> adjusted = Holm.Adjusted([.. chances.OfType<double>()]);
        int next = 0;
        PlanDifference[] plans = [.. pairs.Select((p, i) => Compare(p.A, p.B, failOn, chances[i] is null ? null : adjusted[next++])).OrderByDescending(p => p.NewlyBroken).ThenBy(p => p.Change)];
        return new RunDifferences(a.Run, b.Run, failOn, plans, ComparedRuns.Findings(a, b, plans));
    }

    /// <summary>In the order of B, then what A alone has. A folder that another hand wrote may hold a name twice: the first goes with the first.</summary>
    private static IEnumerable<(PlanVerdict? A, PlanVerdict? B)> Pairs(IReadOnlyList<PlanVerdict> a, IReadOnlyList<PlanVerdict> b)
    {
        var left = a.GroupBy(p => p.Plan.Name, StringComparer.Ordinal).ToDictionary(g => g.Key, g => new Queue<PlanVerdict>(g), StringComparer.Ordinal);
        foreach (PlanVerdict plan in b) yield return (left.TryGetValue(plan.Plan.Name, out Queue<PlanVerdict>? same) && same.TryDequeue(out PlanVerdict? first) ? first : null, plan);
        foreach (PlanVerdict plan in left.Values.SelectMany(rest => rest).OrderBy(p => p.Plan.Number)) yield return (plan, null);
    }

    private static PlanDifference Compare(PlanVerdict? a, PlanVerdict? b, Verdict failOn, double? turnsP)
    {
        PlanSide? before = a is null ? null : PlanSides.Of(a, failOn), after = b is null ? null : PlanSides.Of(b, failOn);
        bool wasBroken = a is not null && PlanSides.IsBroken(a, failOn), isBroken = b is not null && PlanSides.IsBroken(b, failOn);
        var difference = new PlanDifference
        {
            Name = (b ?? a)!.Plan.Name,
            Change = PlanChange.Unchanged,
            NewlyBroken = isBroken && !wasBroken,
            A = before,
            B = after,
            TurnsP = turnsP,
            RequestsDiffer = before?.RequestsAsUsual is { } was && after?.RequestsAsUsual is { } now && (now.High < was.Low || now.Low > was.High),
            Threshold = Move(before?.Threshold, after?.Threshold),
            FaultsDiffer = a is not null && b is not null && !a.Plan.Faults.Select(f => f.ToString()).SequenceEqual(b.Plan.Faults.Select(f => f.ToString()), StringComparer.Ordinal),
        };
        return difference with { Change = Change(difference, wasBroken, isBroken, isTold: b is not null && !PlanFigures.IsUntold(b)) };
    }

    private static PlanChange Change(PlanDifference d, bool wasBroken, bool isBroken, bool isTold)
    {
        if (d.A is null) return PlanChange.OnlyInB;
        if (d.B is null) return PlanChange.OnlyInA;
        if (isBroken && !wasBroken) return PlanChange.NewlyBroken;
        // What could not be judged has not healed.
        if (wasBroken && !isBroken && isTold) return PlanChange.Healed;
        bool differs = d.A.Verdict != d.B.Verdict || d.TurnsP < Significance || d.RequestsDiffer || d.Threshold != ThresholdMove.None;
        return differs ? PlanChange.Changed : PlanChange.Unchanged;
    }

    private static double? TurnsP(PlanVerdict? a, PlanVerdict? b, Verdict failOn)
    {
        if (a is null || b is null) return null;
        ((int Broken, int Judged) before, (int Broken, int Judged) after) = (PlanSides.Turns(a, failOn), PlanSides.Turns(b, failOn));
        return before.Judged == 0 || after.Judged == 0 ? null : FisherTest.TwoSided(before.Broken, before.Judged, after.Broken, after.Judged);
    }

    private static ThresholdMove Move(RateThreshold? a, RateThreshold? b)
    {
        if (a is null || b is null) return ThresholdMove.None;
        return b.High < a.Low ? ThresholdMove.Lower : b.Low > a.High ? ThresholdMove.Higher : ThresholdMove.None;
    }
}
