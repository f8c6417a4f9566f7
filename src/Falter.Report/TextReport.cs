using System.Globalization;
using System.Text;
using Falter.Records;

namespace Falter.Report;

/// <summary>A run for the terminal: the answer, a table with the worst verdict first, what limits it, and where the rest is.</summary>
public static class TextReport
{
    // ANSI colours as a second sign beside the word: red, magenta, yellow, green, grey.
    private static readonly Dictionary<Verdict, string> s_colours = new()
    {
        [Verdict.Crashed] = "31",
        [Verdict.Hung] = "31",
        [Verdict.Corrupted] = "35",
        [Verdict.Degraded] = "33",
        [Verdict.Resilient] = "32",
        [Verdict.Unknown] = "90",
        [Verdict.NotExercised] = "90",
    };

    /// <param name="run">The run, with a verdict.</param>
    /// <param name="colour">Whether the output is a terminal that shows colours.</param>
    public static string Render(RunData run, bool colour)
    {
        var text = new StringBuilder();
        text.AppendLine(Printable(Headline.Of(run))).AppendLine();
        if (run.Verdict is { Plans.Count: > 0 } verdict)
        {
            Table(text, run, verdict, colour);
            text.AppendLine();
            foreach (PlanVerdict plan in WorstFirst(verdict).Where(p => p.Verdict is not (Verdict.Resilient or Verdict.NotExercised)))
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"{plan.Plan.Name}: {Words.Of(plan.Verdict)}");
                foreach (Evidence evidence in plan.Evidence) text.AppendLine($"  {(evidence.AtSeconds is { } at ? $"{at.ToString("0.0", CultureInfo.InvariantCulture)} s: " : "")}{Printable(evidence.Text)}");
            }
        }
        foreach (Finding finding in run.Verdict?.Findings ?? []) text.AppendLine(CultureInfo.InvariantCulture, $"{Words.Of(finding.Level)}: {Printable(finding.ToString())}");
        text.AppendLine(CultureInfo.InvariantCulture, $"seed {run.Run.Seed}; {(run.Verdict is null ? $"run folder {run.Folder}" : $"report {Path.Combine(run.Folder, RunFolderFiles.Report)}")}");
        return text.ToString();
    }

    /// <summary>The plans, worst verdict first, in the order of the plans where equal.</summary>
    public static IEnumerable<PlanVerdict> WorstFirst(RunVerdict verdict) => verdict.Plans.OrderByDescending(m => m.Verdict);

    private static void Table(StringBuilder text, RunData run, RunVerdict verdict, bool colour)
    {
        var rows = new List<string[]> { new[] { "VERDICT", "SYSCALL:ERRNO", "CLASS", "NATURAL", "INJECTED", "CALLS", "CHECKS OK" } };
        foreach (PlanVerdict plan in WorstFirst(verdict))
        {
            CheckSample[] checks = [.. run.Checks.Where(c => c.Plan == plan.Plan.Number && c.Phase == RunPhase.Inject)];
            rows.Add(
            [
                Words.Of(plan.Verdict), plan.Plan.Name, plan.Plan.Model is { } model ? Words.Of(model.Class) + (model.Weak ? " (weak)" : "") : Words.Of(plan.Plan.Origin),
                plan.Plan.Model is { } natural ? Shares.Format(natural.Natural.OverallRate()) : "-", plan.Plan.Model is { } injected ? Shares.Format(injected.InjectedRate) : "-",
                plan.Counts.Injected.ToString(CultureInfo.InvariantCulture), checks.Length == 0 ? "-" : $"{checks.Count(c => c.Passed)}/{checks.Length}",
            ]);
        }
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(c => rows.Max(r => r[c].Length))];
        foreach (string[] row in rows)
        {
            for (int c = 0; c < row.Length; c++)
            {
                // Numbers to the right, words to the left.
                string cell = c < 3 ? row[c].PadRight(widths[c]) : row[c].PadLeft(widths[c]);
                bool coloured = colour && c == 0 && row != rows[0];
                text.Append(coloured ? $"\e[{Colour(row[0])}m{cell}\e[0m" : cell).Append(c < row.Length - 1 ? "  " : "");
            }
            text.AppendLine();
        }
    }

    /// <summary>What a target or a check wrote may hold anything; control characters would reach the terminal.</summary>
    private static string Printable(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));

    private static string Colour(string word) => Words.TryParse(word, out Verdict verdict) ? s_colours[verdict] : "0";
}

/// <summary>The answer of a run in one sentence.</summary>
public static class Headline
{
    public static string Of(RunData run)
    {
        if (run.Verdict is not { } verdict) return $"The run of {run.Run.Target} ended before anything was judged.";
        string interrupted = verdict.Interrupted ? " (interrupted)" : "";
        if (verdict.Plans.Count == 0)
        {
            return verdict.Interrupted ? $"The run of {verdict.Target} was interrupted before anything was injected."
                : $"{verdict.Target} met no error by nature; nothing was injected and nothing is proved.";
        }
        int judged = verdict.Plans.Count(m => m.Verdict is not (Verdict.NotExercised or Verdict.Unknown));
        int survived = verdict.Plans.Count(m => m.Verdict is Verdict.Resilient or Verdict.Degraded);
        if (judged == 0) return $"None of {Plural(verdict.Plans.Count, "realistic error model")} could be judged on {verdict.Target}{interrupted}.";
        string broken = string.Join(", ", new[] { (Verdict.Crashed, "crash", "crashes"), (Verdict.Hung, "hang", "hangs"), (Verdict.Corrupted, "corruption", "corruptions") }
            .Select(v => (Count: verdict.Summary[v.Item1], One: v.Item2, Many: v.Item3)).Where(v => v.Count > 0).Select(v => $"{v.Count} {(v.Count == 1 ? v.One : v.Many)}"));
        int degraded = verdict.Summary[Verdict.Degraded], untold = verdict.Plans.Count - judged;
        return $"{verdict.Target} survived {survived} of {Plural(judged, "realistic error model")}{(degraded > 0 ? $", {degraded} of them degraded" : "")}{(broken.Length > 0 ? $"; {broken}" : "")}"
            + $"{(untold > 0 ? $"; {untold} more could not be judged" : "")}{interrupted}.";
    }

    private static string Plural(int count, string noun) => count == 1 ? $"1 {noun}" : $"{count} {noun}s";
}
