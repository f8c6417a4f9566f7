using Falter.Records;

namespace Falter.Report;

/// <summary>The answer of a run in one sentence.</summary>
public static class Headline
{
    private static readonly (Verdict Verdict, string One, string Many)[] s_broken =
        [(Verdict.Crashed, "crash", "crashes"), (Verdict.Hung, "hang", "hangs"), (Verdict.Corrupted, "corruption", "corruptions")];

    public static string Of(RunData run)
    {
        if (run.Verdict is not { } verdict) return $"The run of {run.Run.Target} ended before anything was judged.";
        string interrupted = run.IsCutOff ? " (cut off, or going on still)" : verdict.Interrupted ? " (interrupted)" : "";
        if (verdict.Plans.Count == 0) return Nothing(verdict);
        PlanVerdict[] judged = [.. verdict.Plans.Where(p => p.Verdict is not (Verdict.NotExercised or Verdict.Unknown))];
        string noun = Noun(verdict);
        if (judged.Length == 0) return $"None of {Plural(verdict.Plans.Count, noun)} could be judged on {verdict.Target}{interrupted}.";
        int survived = judged.Count(p => p.Verdict is Verdict.Resilient or Verdict.Degraded), degraded = verdict.Summary[Verdict.Degraded];
        string broken = string.Join(", ", s_broken.Select(b => (Count: verdict.Summary[b.Verdict], b.One, b.Many)).Where(b => b.Count > 0).Select(b => $"{b.Count} {(b.Count == 1 ? b.One : b.Many)}"));
        int notRun = verdict.Plans.Count(p => p.Turns.Count == 0), untold = verdict.Plans.Count - judged.Length - notRun;
        return $"{verdict.Target} survived {survived} of {Plural(judged.Length, noun)}{(degraded > 0 ? $", {degraded} of them degraded" : "")}{(broken.Length > 0 ? $"; {broken}" : "")}"
            + $"{(untold > 0 ? $"; {untold} more could not be judged" : "")}{(notRun > 0 ? $"; {notRun} more {(notRun == 1 ? "was" : "were")} not run" : "")}{interrupted}.";
    }

    /// <summary>What the plans of a run are called: only natural errors are realistic error models.</summary>
    internal static string Noun(RunVerdict verdict) => verdict.Plans.Select(p => p.Plan.Origin).Distinct().ToList() switch
    {
        [PlanOrigin.Natural] => "realistic error model",
        [PlanOrigin.Random] => "random error model",
        _ => "fault plan",
    };

    internal static string Plural(int count, string noun) => count == 1 ? $"1 {noun}" : $"{count} {noun}s";

    private static string Nothing(RunVerdict verdict) =>
        verdict.Interrupted ? $"The run of {verdict.Target} was interrupted before anything was injected."
        : verdict.Findings.Any(f => f.Code == "no-natural-errors") ? $"{verdict.Target} met no error by nature; nothing was injected and nothing is proved."
        : $"No fault plan was run on {verdict.Target}; nothing was injected and nothing is proved.";
}
