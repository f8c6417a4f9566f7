using System.Text;
using Falter.Records;

namespace Falter.Report;

/// <summary>A run in Markdown, for a comment on a pull request or the summary of a CI job: the answer, the table, what each verdict rests on in parts that unfold, and what limits it.</summary>
public static class MarkdownReport
{
    // GitHub takes comments of at most 65536 characters, and refuses longer ones whole.
    private const int Longest = 60_000;

    private const int MostLogLines = 30, MostReactions = 20;

    /// <summary>The document, of at most 60 000 characters; what was left out is said.</summary>
    /// <param name="run">The run, also one without a verdict.</param>
    public static string Render(RunData run)
    {
        var text = new StringBuilder($"### {Markdown.Text(Headline.Of(run))}\n\n");
        string end = End(run);
        if (run.Verdict is { Plans.Count: > 0 } verdict)
        {
            PlanVerdict[] plans = [.. TextReport.WorstFirst(verdict)];
            List<(string Title, bool Right, Func<PlanVerdict, string> Text)> columns = Columns(run, plans);
            text.Append(Markdown.Head([.. columns.Select(c => (c.Title, c.Right))]));
            Fit(text, plans.Select(p => Markdown.Row(columns.Select(c => c.Text(p)))), Longest / 2, "rows");
            text.Append('\n');
            Fit(text, plans.Where(p => p.Verdict is not (Verdict.Resilient or Verdict.NotExercised)).Select(p => Details(p)), Longest - Math.Min(end.Length, Longest / 4), "plans with evidence");
        }
        return text.Append(end).ToString();
    }

    private static List<(string Title, bool Right, Func<PlanVerdict, string> Text)> Columns(RunData run, IReadOnlyList<PlanVerdict> plans)
    {
        var columns = new List<(string Title, bool Right, Func<PlanVerdict, string> Text)> { ("Verdict", false, p => p.Verdict >= Verdict.Corrupted ? $"**{Words.Of(p.Verdict)}**" : Words.Of(p.Verdict)), ("Plan", false, p => Markdown.Code(p.Plan.Name)) };
        if (plans.Any(p => p.Runs > 1)) columns.Add(("Held in turns", true, PlanFigures.Held));
        if (plans.Any(p => p.Plan.Origin == PlanOrigin.Natural)) columns.AddRange([("Class", false, PlanFigures.Class), ("Natural rate (95 % interval)", true, PlanFigures.NaturalInterval)]);
        if (plans.Any(p => p.Plan.Model is not null)) columns.Add(("Injected rate", true, PlanFigures.InjectedRate));
        columns.AddRange([("Injected", true, PlanFigures.Injected), ("Checks passed", true, p => PlanFigures.Checks(run, p))]);
        if (plans.Any(p => p.Threshold is not null)) columns.Add(("Bears (95 % interval)", true, p => PlanFigures.ShortThreshold(p.Threshold)));
        return columns;
    }

    private static string Details(PlanVerdict plan)
    {
        var text = new StringBuilder($"<details><summary>{Markdown.InHtml(plan.Plan.Name)}: {Words.Of(plan.Verdict)}{(plan.Runs > 1 ? $" in {plan.Held} of {plan.Runs} turns" : "")}</summary>\n\n");
        foreach (RoleFault fault in plan.Plan.Faults) text.Append($"- fault {Markdown.Code(fault.ToString())}\n");
        foreach (Evidence evidence in plan.Evidence) text.Append($"- {Markdown.Text(PlanFigures.Evidence(evidence))}\n");
        if (PlanFigures.Threshold(plan) is { } threshold) text.Append($"- {Markdown.Text(threshold)}\n");
        IReadOnlyList<ErrnoReaction> reactions = PlanFigures.Reactions(plan);
        foreach (ErrnoReaction reaction in reactions.Take(MostReactions)) text.Append($"- {Markdown.Text(PlanFigures.Reaction(reaction))}\n");
        if (reactions.Count > MostReactions) text.Append($"- and {reactions.Count - MostReactions} more reactions, in {RunFolderFiles.Verdict}\n");
        foreach (LogExcerpt excerpt in plan.Worst?.Log ?? [])
        {
            text.Append($"\nLog of {Markdown.Code(excerpt.Role)} around {PlanFigures.Seconds(excerpt.AtSeconds)} s:\n\n{Markdown.Block(excerpt.Lines.Take(MostLogLines))}");
        }
        return text.Append("\n</details>\n\n").ToString();
    }

    private static string End(RunData run)
    {
        var text = new StringBuilder();
        foreach (Finding finding in run.Verdict?.Findings ?? []) text.Append($"- {Words.Of(finding.Level)}: {Markdown.Text(finding.Message)} {Markdown.Code(finding.Code)}\n");
        if (text.Length > Longest / 4) text.Length = text.ToString().LastIndexOf('\n', Longest / 4) + 1;
        text.Append(text.Length > 0 ? "\n" : "").Append($"Run {Markdown.Code(run.Run.Run)}, seed {run.Run.Seed}, {Markdown.Text(run.Run.Kernel)}. Again with:\n\n{Markdown.Block([run.Run.CommandLine])}");
        return text.ToString();
    }

    /// <summary>Appends pieces as long as all stays below a length, and says how many did not fit.</summary>
    private static void Fit(StringBuilder text, IEnumerable<string> pieces, int most, string what)
    {
        int left = 0;
        foreach (string piece in pieces)
        {
            if (left > 0 || text.Length + piece.Length > most) left++;
            else text.Append(piece);
        }
        if (left > 0) text.Append($"\n{left} more {what} did not fit; {RunFolderFiles.Report} in the run folder has all.\n\n");
    }
}
