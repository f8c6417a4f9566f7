using System.Globalization;
using Falter.Model;
using Falter.Records;

namespace Falter.Report;

/// <summary>What is told of a plan in figures: one place, so that all forms tell the same.</summary>
internal static class PlanFigures
{
    /// <summary>Whether nothing can be said of the plan but that.</summary>
    public static bool IsUntold(PlanVerdict plan) => plan.Verdict is Verdict.NotExercised or Verdict.Unknown;

    /// <summary>In how many of its turns the verdict held: <c>3/5</c>.</summary>
    public static string Held(PlanVerdict plan) => plan.Runs == 0 ? "-" : $"{Whole(plan.Held)}/{Whole(plan.Runs)}";

    /// <summary>Where the plan comes from: the class of a natural error, else the origin.</summary>
    public static string Class(PlanVerdict plan) => plan.Plan is { Origin: PlanOrigin.Natural, Model: { } model } ? Words.Of(model.Class) + (model.Weak ? " (weak)" : "") : Words.Of(plan.Plan.Origin);

    public static string Natural(PlanVerdict plan) => plan.Plan is { Origin: PlanOrigin.Natural, Model: { } model } ? Shares.Format(model.Natural.OverallRate()) : "-";

    /// <summary>The natural rate with its 95 % interval.</summary>
    public static string NaturalInterval(PlanVerdict plan)
    {
        if (plan.Plan is not { Origin: PlanOrigin.Natural, Model.Natural: { } natural }) return "-";
        (double low, double high) = Proportions.Wilson(natural.Failures, natural.Invocations);
        return $"{Shares.Format(natural.OverallRate())} ({Shares.Format(low)} to {Shares.Format(high)})";
    }

    public static string InjectedRate(PlanVerdict plan) => plan.Plan.Model is { } model ? Shares.Format(model.InjectedRate) : "-";

    /// <summary>Calls, packets or processes that faults were done to, in the turns at the plan's own rates.</summary>
    public static string Injected(PlanVerdict plan) => Whole(plan.Counts.Injected);

    /// <summary>Probes that passed while the faults were armed, of all: <c>15/40</c>; of turns at the plan's own rates.</summary>
    public static string Checks(RunData run, PlanVerdict plan)
    {
        TurnVerdict[] searching = [.. plan.Turns.Where(t => t.RateFactor != 1)];
        CheckSample[] checks = [.. run.Checks.Where(c => c.Plan == plan.Plan.Number && c.Phase == RunPhase.Inject && !searching.Any(t => c.AtSeconds >= t.BeginSeconds && c.AtSeconds <= t.EndSeconds))];
        return checks.Length == 0 ? "-" : $"{Whole(checks.Count(c => c.Passed))}/{Whole(checks.Length)}";
    }

    /// <summary>What is known of the rate at which the verdict changes: <c>bears openat:EMFILE up to 12% (9% to 16%)</c>; null where it was not searched for.</summary>
    public static string? Threshold(PlanVerdict plan) => plan.Threshold is not { } t ? null : $"{Bears(t, plan.Plan.Name)}; {Headline.Plural(t.Turns, "turn")}, 95 % interval";

    /// <summary>The same in the fewest words: <c>12% (9% to 16%)</c>.</summary>
    public static string ShortThreshold(RateThreshold? threshold) => threshold switch
    {
        null => "-",
        { Bears: true } t => $"above {Shares.Format(t.High)}",
        var t => $"{Shares.Format(t.Rate)} ({Shares.Format(t.Low)} to {Shares.Format(t.High)})",
    };

    /// <summary>What the application did by errno, in all turns at the plan's own rates together; most frequent first.</summary>
    public static IReadOnlyList<ErrnoReaction> Reactions(PlanVerdict plan) =>
    [
        .. plan.Turns.Where(t => t.RateFactor == 1).SelectMany(t => t.Reactions).GroupBy(r => (r.Errno, r.Kind, r.What))
            .Select(g => new ErrnoReaction(g.Key.Errno, g.Key.Kind, g.Key.What, g.Sum(r => r.Count), g.Sum(r => r.BaselineCount)))
            .OrderByDescending(r => r.Count).ThenBy(r => r.Errno.Number).ThenBy(r => r.Kind, StringComparer.Ordinal).ThenBy(r => r.What, StringComparer.Ordinal),
    ];

    /// <summary>One reaction: <c>EIO: 25 × HTTP status 500 (baseline 0)</c>.</summary>
    public static string Reaction(ErrnoReaction reaction) => $"{reaction.Errno}: {Whole(reaction.Count)} × {Done(reaction)} (baseline {Whole(reaction.BaselineCount)})";

    /// <summary>One observation with its moment: <c>50.7 s: Check audit failed</c>.</summary>
    public static string Evidence(Evidence evidence) => $"{(evidence.AtSeconds is { } at ? $"{Seconds(at)} s: " : "")}{evidence.Text}";

    public static string Seconds(double seconds) => seconds.ToString("0.0", CultureInfo.InvariantCulture);

    public static string Whole(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Control characters would reach the terminal, and end lines where none ends; what a target or a check wrote may hold anything.</summary>
    public static string Printable(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));

    private static string Bears(RateThreshold t, string name) =>
        t.Bears ? $"bears {name} at every rate that was tried, up to {Shares.Format(t.High)}" : $"bears {name} up to {Shares.Format(t.Rate)} ({Shares.Format(t.Low)} to {Shares.Format(t.High)})";

    private static string Done(ErrnoReaction reaction) => reaction.Kind switch
    {
        "http-status" => $"HTTP status {reaction.What}",
        "exception" => $"exception {reaction.What}",
        "log" => $"log line \"{reaction.What}\"",
        "outcome" => $"request without an answer: {reaction.What}",
        _ => reaction.What,
    };
}
