using System.Globalization;
using System.Text;
using Falter.Records;

namespace Falter.Report;

/// <summary>A run for the terminal: the answer, a table with the worst verdict first, what each verdict rests on, what limits it, and where the rest is.</summary>
public static class TextReport
{
    // A log of nothing but different lines would bury the evidence; the JSON has all.
    private const int MostReactions = 8;

    /// <param name="run">The run, also one without a verdict.</param>
    /// <param name="colour">Whether the output is a terminal that shows colours.</param>
    public static string Render(RunData run, bool colour)
    {
        var text = new StringBuilder();
        text.AppendLine(PlanFigures.Printable(Headline.Of(run))).AppendLine();
        if (run.Verdict is { Plans.Count: > 0 } verdict)
        {
            text.Append(PlanTable.Render(run, verdict, colour)).AppendLine();
            foreach (PlanVerdict plan in WorstFirst(verdict)) AppendPlan(text, plan);
        }
        foreach (Finding finding in run.Verdict?.Findings ?? []) text.AppendLine(CultureInfo.InvariantCulture, $"{Words.Of(finding.Level)}: {PlanFigures.Printable(finding.ToString())}");
        // Only a run that came to its end has written its report.
        text.AppendLine(CultureInfo.InvariantCulture, $"seed {run.Run.Seed}; {(run.Verdict is null || run.IsCutOff ? $"run folder {run.Folder}" : $"report {Path.Combine(run.Folder, RunFolderFiles.Report)}")}");
        return text.ToString();
    }

    /// <summary>The plans, worst verdict first, in the order of the plans where equal.</summary>
    public static IEnumerable<PlanVerdict> WorstFirst(RunVerdict verdict) => verdict.Plans.OrderByDescending(m => m.Verdict);

    private static void AppendPlan(StringBuilder text, PlanVerdict plan)
    {
        bool isTold = plan.Verdict is not (Verdict.Resilient or Verdict.NotExercised);
        if (!isTold && plan.Threshold is null) return;
        Line(text, $"{plan.Plan.Name}: {Words.Of(plan.Verdict)}{(plan.Runs > 1 ? $" in {plan.Held} of {plan.Runs} turns" : "")}");
        // The name of a natural error model says what was done; that of a written plan need not.
        if (isTold && plan.Plan.Origin == PlanOrigin.Written) Line(text, $"  {string.Join("; ", plan.Plan.Faults)}");
        if (isTold) foreach (Evidence evidence in plan.Evidence) Line(text, $"  {PlanFigures.Evidence(evidence)}");
        if (PlanFigures.Threshold(plan) is { } threshold) Line(text, $"  {threshold}");
        if (!isTold) return;
        IReadOnlyList<ErrnoReaction> reactions = PlanFigures.Reactions(plan);
        foreach (ErrnoReaction reaction in reactions.Take(MostReactions)) Line(text, $"  {PlanFigures.Reaction(reaction)}");
        if (reactions.Count > MostReactions) Line(text, $"  and {reactions.Count - MostReactions} more reactions, in {RunFolderFiles.Verdict}");
    }

    private static void Line(StringBuilder text, FormattableString line) => text.AppendLine(PlanFigures.Printable(line.ToString(CultureInfo.InvariantCulture)));
}
