using System.Text;
using Falter.Records;

namespace Falter.Report;

/// <summary>The table of verdicts for the terminal. It keeps to 80 columns: long names go on in the next line, and the class is left out where there is no room for it.</summary>
internal static class PlanTable
{
    private const int Width = 80, NarrowestName = 24;

    private const string Class = "CLASS";

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

    private sealed record Column(string Title, bool Right, Func<PlanVerdict, string> Text);

    public static string Render(RunData run, RunVerdict verdict, bool colour)
    {
        PlanVerdict[] plans = [.. TextReport.WorstFirst(verdict)];
        List<Column> columns = Columns(run, plans);
        int[] widths = Widths(columns, plans);
        if (Total(widths) > Width && widths[1] > NarrowestName) widths[1] = Math.Max(NarrowestName, widths[1] - (Total(widths) - Width));
        if (Total(widths) > Width && columns.FindIndex(c => c.Title == Class) is >= 0 and var at)
        {
            columns.RemoveAt(at);
            widths = Widths(columns, plans);
            if (Total(widths) > Width) widths[1] = Math.Min(widths[1], Math.Max(NarrowestName, widths[1] - (Total(widths) - Width)));
        }
        var text = new StringBuilder();
        AppendRow(text, columns, widths, [.. columns.Select(c => c.Title)], colour: null);
        foreach (PlanVerdict plan in plans) AppendRow(text, columns, widths, [.. columns.Select(c => c.Text(plan))], colour ? s_colours[plan.Verdict] : null);
        return text.ToString();
    }

    private static List<Column> Columns(RunData run, IReadOnlyList<PlanVerdict> plans)
    {
        bool natural = plans.Any(p => p.Plan.Origin == PlanOrigin.Natural), allNatural = plans.All(p => p.Plan is { Origin: PlanOrigin.Natural, Model: not null });
        var columns = new List<Column> { new("VERDICT", false, p => Words.Of(p.Verdict)), new(allNatural ? "SYSCALL:ERRNO" : "PLAN", false, p => PlanFigures.Printable(p.Plan.Name)) };
        if (plans.Any(p => p.Runs > 1)) columns.Add(new("HELD", true, PlanFigures.Held));
        if (natural || plans.Select(p => p.Plan.Origin).Distinct().Skip(1).Any()) columns.Add(new(Class, false, PlanFigures.Class));
        if (natural) columns.Add(new("NATURAL", true, PlanFigures.Natural));
        if (plans.Any(p => p.Plan.Model is not null)) columns.Add(new("INJECTED", true, PlanFigures.InjectedRate));
        // A rate stands under INJECTED; what was done to packets and processes is no number of calls.
        columns.Add(new(plans.All(p => p.Plan.Faults.All(f => f.Fault is SyscallFault)) ? "CALLS" : "COUNT", true, PlanFigures.Injected));
        columns.Add(new("CHECKS OK", true, p => PlanFigures.Checks(run, p)));
        if (plans.Any(p => p.Threshold is not null)) columns.Add(new("BEARS", true, p => p.Threshold is not { } t ? "-" : t.Bears ? "all" : Shares.Format(t.Rate)));
        return columns;
    }

    private static int[] Widths(List<Column> columns, IReadOnlyList<PlanVerdict> plans) => [.. columns.Select(c => plans.Select(p => c.Text(p).Length).Append(c.Title.Length).Max())];

    private static int Total(int[] widths) => widths.Sum() + 2 * (widths.Length - 1);

    private static void AppendRow(StringBuilder text, List<Column> columns, int[] widths, string[] cells, string? colour)
    {
        List<string> name = Lines(cells[1], widths[1]);
        for (int c = 0; c < cells.Length; c++)
        {
            string cell = c == 1 ? name[0] : cells[c];
            cell = columns[c].Right ? cell.PadLeft(widths[c]) : cell.PadRight(widths[c]);
            text.Append(colour is not null && c == 0 ? $"\e[{colour}m{cell}\e[0m" : cell).Append(c < cells.Length - 1 ? "  " : "");
        }
        text.AppendLine();
        foreach (string more in name.Skip(1)) text.Append(' ', widths[0] + 2).AppendLine(more);
    }

    /// <summary>A name in lines of at most a width, broken at spaces where there are any.</summary>
    private static List<string> Lines(string name, int width)
    {
        var lines = new List<string>();
        while (name.Length > width)
        {
            int space = name.LastIndexOf(' ', width);
            int end = space > 0 ? space : width;
            lines.Add(name[..end]);
            name = name[end..].TrimStart(' ');
        }
        return [.. lines, name];
    }
}
