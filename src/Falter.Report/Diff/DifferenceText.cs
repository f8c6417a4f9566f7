using System.Globalization;
using Falter.Records;

namespace Falter.Report;

/// <summary>The words of a comparison, the same in all its forms for people.</summary>
internal static class DifferenceText
{
    private static readonly (PlanChange Change, string Words)[] s_changes =
    [
        (PlanChange.NewlyBroken, "newly broken"), (PlanChange.Healed, "healed"), (PlanChange.Changed, "changed"), (PlanChange.Unchanged, "unchanged"), (PlanChange.OnlyInA, "only in A"), (PlanChange.OnlyInB, "only in B"),
    ];

    /// <summary>How many plans went which way: <c>2 newly broken, 1 healed, 5 unchanged</c>.</summary>
    public static string Summary(RunDifferences differences)
    {
        string[] counts = [.. s_changes.Select(c => (Count: differences.Count(c.Change), c.Words)).Where(c => c.Count > 0).Select(c => $"{c.Count} {c.Words}")];
        return counts.Length == 0 ? "Neither run has a plan." : $"{Headline.Plural(differences.Plans.Count, "fault plan")} compared: {string.Join(", ", counts)}.";
    }

    public static string Of(PlanSide? side) => side is null ? "-" : side.NotRun is not null && side.Runs == 0 ? "not run" : Words.Of(side.Verdict);

    /// <summary>What differs, with numbers.</summary>
    public static IEnumerable<string> Numbers(PlanDifference d)
    {
        if (d.A?.BrokenTurns is { } before && d.B?.BrokenTurns is { } after) yield return $"broken turns: {Turns(before)}, then {Turns(after)}; {P(d)}";
        if (d.A?.RequestsAsUsual is { } was && d.B?.RequestsAsUsual is { } now)
        {
            yield return $"requests as usual: {Share(was)} of {was.Of.ToString(CultureInfo.InvariantCulture)}, then {Share(now)} of {now.Of.ToString(CultureInfo.InvariantCulture)}{(d.RequestsDiffer ? "" : "; the intervals overlap")}";
        }
        if (d.A?.Threshold is not null || d.B?.Threshold is not null)
        {
            string move = d.Threshold switch { ThresholdMove.Lower => "; it bears less", ThresholdMove.Higher => "; it bears more", _ => d.A?.Threshold is null || d.B?.Threshold is null ? "" : "; the intervals overlap" };
            yield return $"bears rates up to: {PlanFigures.ShortThreshold(d.A?.Threshold)}, then {PlanFigures.ShortThreshold(d.B?.Threshold)}{move}";
        }
        if (d is { Change: PlanChange.NewlyBroken, A: { } a } && a.BrokenTurns is null) yield return "A could not judge it, so it may have been broken before";
        if (d is { Change: PlanChange.OnlyInB, NewlyBroken: true }) yield return "broken, and A has no such plan";
        if (d.FaultsDiffer) yield return "the faults of this plan are not the same in A and B";
    }

    /// <summary>A share of turns: <c>1 of 5 (3.62% to 62.4%)</c>.</summary>
    public static string Turns(ShareEstimate share) => $"{Math.Round(share.Share * share.Of).ToString(CultureInfo.InvariantCulture)} of {share.Of.ToString(CultureInfo.InvariantCulture)} ({Interval(share)})";

    public static string Share(ShareEstimate share) => $"{Shares.Format(share.Share)} ({Interval(share)})";

    private static string Interval(ShareEstimate share) => $"{Shares.Format(share.Low)} to {Shares.Format(share.High)}";

    private static string P(PlanDifference d)
    {
        string p = d.TurnsP is not { } value ? "-" : value < 0.0001 ? "< 0.0001" : $"= {value.ToString("G2", CultureInfo.InvariantCulture)}";
        bool differ = d.A!.BrokenTurns!.Share != d.B!.BrokenTurns!.Share;
        return $"p {p}{(differ && d.TurnsP >= 0.05 ? ", which so few turns can show by chance" : "")}";
    }
}
