using System.Globalization;
using System.Text;
using Falter.Model;
using Falter.Records;

namespace Falter.Report;

/// <summary>Error models for the terminal.</summary>
public static class ModelsTable
{
    /// <summary>A table whose columns are aligned, preceded by a line that names rule and constants.</summary>
    public static string Render(ErrorModelSet set)
    {
        string leftOut = set.LeftOut > 0 ? $", {set.LeftOut} more with injections left out" : "";
        string head = $"{set.Source}{(set.Intervals > 0 ? $": {set.Intervals} interval{(set.Intervals == 1 ? "" : "s")}{leftOut}" : "")}\n{RuleLine(set.Options)}\n";
        if (set.Models.Count == 0) return $"{head}no system call failed in this observation: no models\n";
        ErrorModelOptions options = set.Options;
        bool runs = set.Models.Any(m => m.Natural.Bursts is not null);
        var columns = new List<(string Title, bool Right, Func<ErrorModel, string> Text)>();
        if (set.Models.Any(m => m.Process.Length > 0)) columns.Add(("PROCESS", false, m => m.Process));
        columns.AddRange([("SYSCALL:ERRNO", false, m => m.Name), ("CLASS", false, m => Words.Of(m.Class)), ("INJECT", true, m => Shares.Format(m.InjectedRate))]);
        if (options.Calibrated) columns.Add(("DRAW", true, m => m.InjectionProbability is { } p ? Shares.Format(p) : ""));
        columns.AddRange([("FAILURES", true, m => Whole(m.Natural.Failures)), ("CALLS", true, m => Whole(m.Natural.Invocations)), ("INTERVALS", true, m => Whole(m.Natural.Intervals)),
            ("P5", true, m => Shares.Format(m.Natural.RateP5)), ("MEAN", true, m => Shares.Format(m.Natural.RateMean)), ("P95", true, m => Shares.Format(m.Natural.RateP95))]);
        if (options.Rule == ErrorModelRule.Variance) columns.Add(("VARIANCE", true, m => m.Natural.Variance.ToString("G3", CultureInfo.InvariantCulture)));
        if (options.Weighted) columns.Add(("WEIGHTED", true, m => m.Natural.RateWeighted is { } r ? Shares.Format(r) : "-"));
        if (options.Intervals) columns.Add(("95 % INTERVAL", true, m => m.Natural is { RateLow: { } low, RateHigh: { } high } ? $"{Shares.Format(low)} to {Shares.Format(high)}" : "-"));
        if (runs) columns.AddRange([("RUN", true, m => Number(m.Natural.Bursts?.MeanLength)), ("SPACING", true, m => Number(m.Natural.Bursts?.MeanSpacing))]);
        columns.Add(("", false, m => Marks(m, options)));
        return head + Aligned(columns, set.Models);
    }

    /// <summary>The rule with its constants, in one line.</summary>
    public static string RuleLine(ErrorModelOptions o) =>
        o.Rule == ErrorModelRule.Ratio
            ? string.Create(CultureInfo.InvariantCulture, $"rule ratio: p95 below {Shares.Format(o.Floor)} is sporadic, p95 / p5 above {o.Ratio} fluctuating, else steady (x {o.Factor})")
            : string.Create(CultureInfo.InvariantCulture, $"rule variance: p95 up to {Shares.Format(o.Floor)} is sporadic, variance above {o.Variance} fluctuating, else steady (x {o.Factor})");

    /// <summary>Rows under titles, columns two spaces apart; no spaces at the ends of lines.</summary>
    internal static string Aligned<T>(IReadOnlyList<(string Title, bool Right, Func<T, string> Text)> columns, IReadOnlyList<T> rows)
    {
        string[][] cells = [[.. columns.Select(c => c.Title)], .. rows.Select(r => columns.Select(c => c.Text(r)).ToArray())];
        int[] widths = [.. columns.Select((_, i) => cells.Max(row => row[i].Length))];
        var text = new StringBuilder();
        foreach (string[] row in cells)
        {
            text.AppendLine(string.Join("  ", row.Select((cell, i) => columns[i].Right ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]))).TrimEnd());
        }
        return text.ToString();
    }

    private static string Marks(ErrorModel m, ErrorModelOptions options)
    {
        (bool Holds, string Word)[] marks = [(m.Weak, "weak"), (options.Marks && m.NormalOutcome, "normal outcome"), (m.RuntimeInternal == true, "runtime-internal")];
        return string.Join(", ", marks.Where(k => k.Holds).Select(k => k.Word));
    }

    private static string Whole(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Number(double? number) => number?.ToString("0.#", CultureInfo.InvariantCulture) ?? "-";
}
