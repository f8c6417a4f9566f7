using System.Text;
using Falter.Records;

namespace Falter.Report;

/// <summary>A comparison of two runs for the terminal, and in Markdown.</summary>
public static class RunDiffText
{
    // As a whole run in Markdown: comments of more than 65536 characters are refused.
    private const int Longest = 60_000;

    /// <summary>For the terminal.</summary>
    /// <param name="differences">What to tell.</param>
    /// <param name="all">Whether plans that did not change are told too.</param>
    public static string Table(RunDifferences differences, bool all)
    {
        PlanDifference[] shown = Shown(differences, all);
        var text = new StringBuilder();
        text.Append($"A: {PlanFigures.Printable(differences.A.Run)}\nB: {PlanFigures.Printable(differences.B.Run)}\n{DifferenceText.Summary(differences)}\n");
        if (shown.Length > 0)
        {
            text.Append('\n').Append(ModelsTable.Aligned<PlanDifference>(
                [("CHANGE", false, d => Words.Of(d.Change)), ("PLAN", false, d => PlanFigures.Printable(d.Name)), ("A", false, d => DifferenceText.Of(d.A)), ("B", false, d => DifferenceText.Of(d.B))], shown));
        }
        foreach (PlanDifference d in shown.Where(d => d.Change != PlanChange.Unchanged || all))
        {
            string[] numbers = [.. DifferenceText.Numbers(d)];
            if (numbers.Length > 0) text.Append($"\n{PlanFigures.Printable(d.Name)}: {Words.Of(d.Change)}\n").Append(string.Concat(numbers.Select(n => $"  {n}\n")));
        }
        text.Append('\n');
        foreach (Finding finding in differences.Findings) text.Append($"{Words.Of(finding.Level)}: {PlanFigures.Printable(finding.ToString())}\n");
        return text.Append($"broken is {Words.Of(differences.FailOn)} or worse; intervals are 95 %\n").ToString();
    }

    /// <summary>For a comment on a pull request; at most 60 000 characters.</summary>
    /// <param name="differences">What to tell.</param>
    /// <param name="all">Whether plans that did not change are told too.</param>
    public static string MarkdownOf(RunDifferences differences, bool all)
    {
        PlanDifference[] shown = Shown(differences, all);
        var text = new StringBuilder($"### {DifferenceText.Summary(differences)}\n\nA is {Markdown.Code(differences.A.Run)}, B is {Markdown.Code(differences.B.Run)}; broken is {Words.Of(differences.FailOn)} or worse; intervals are 95 %.\n\n");
        if (shown.Length > 0) text.Append(Markdown.Head([("Change", false), ("Plan", false), ("A", false), ("B", false), ("What differs", false)]));
        int told = 0;
        foreach (string row in shown.Select(Row).TakeWhile(r => text.Length + r.Length < Longest * 3 / 4))
        {
            text.Append(row);
            told++;
        }
        if (told < shown.Length) text.Append($"\n{shown.Length - told} more plans did not fit; `falter report diff` prints them all.\n");
        foreach (string finding in differences.Findings.Select(f => $"\n- {Words.Of(f.Level)}: {Markdown.Text(f.Message)} {Markdown.Code(f.Code)}").TakeWhile(f => text.Length + f.Length < Longest)) text.Append(finding);
        return text.Append('\n').ToString();
    }

    private static PlanDifference[] Shown(RunDifferences differences, bool all) => [.. differences.Plans.Where(d => all || d.Change != PlanChange.Unchanged)];

    private static string Row(PlanDifference d)
    {
        string change = d.NewlyBroken ? $"**{Words.Of(d.Change)}**" : Words.Of(d.Change);
        return Markdown.Row([change, Markdown.Code(d.Name), DifferenceText.Of(d.A), DifferenceText.Of(d.B), string.Join("<br>", DifferenceText.Numbers(d).Select(Markdown.Text))]);
    }
}
