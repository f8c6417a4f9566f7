using System.Globalization;
using System.Text;
using Falter.Observe;
using Falter.Records;
using Spectre.Console;

namespace Falter.Cli;

/// <summary>Which rows of an interval are shown.</summary>
/// <param name="Top">At most so many; null for all.</param>
/// <param name="FailuresOnly">Whether only calls that ended in an errno are shown.</param>
/// <param name="Errno">Only this errno; null for all.</param>
internal sealed record MonitorFilter(int? Top, bool FailuresOnly, Errno? Errno)
{
    /// <summary>The rows to show, those with the most total time first.</summary>
    public IReadOnlyList<SyscallRow> Apply(IEnumerable<SyscallRow> rows) =>
    [
        .. rows.Where(r => (!FailuresOnly || r.Outcome.IsError) && (Errno is not { } e || (r.Outcome.IsError && r.Outcome.Errno == e)))
            .OrderByDescending(r => r.TotalNs).ThenByDescending(r => r.Count).ThenBy(r => r.Process, StringComparer.Ordinal).ThenBy(r => r.Syscall.Number).ThenBy(r => r.Outcome.Code)
            .Take(Top ?? int.MaxValue),
    ];
}

/// <summary>An interval's rows as a table, for a terminal or as plain lines.</summary>
internal static class MonitorTable
{
    // The first three are words, the others numbers.
    private static readonly string[] s_columns = ["PROCESS", "SYSCALL", "OUTCOME", "COUNT", "RATE%", "AVG µs", "P50 µs", "P99 µs"];
    private const int WordColumns = 3;

    /// <summary>Lines with columns as wide as this interval needs.</summary>
    public static string Plain(IReadOnlyList<SyscallRow> shown, IReadOnlyList<SyscallRow> all)
    {
        string[][] lines = [s_columns, .. Cells(shown, all)];
        int[] widths = [.. s_columns.Select((_, column) => lines.Max(line => line[column].Length))];
        var text = new StringBuilder();
        foreach (string[] line in lines)
        {
            text.AppendJoin("  ", line.Select((cell, column) => column < WordColumns ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))).Append('\n');
        }
        return text.ToString();
    }

    /// <summary>The table of a terminal.</summary>
    /// <param name="sample">The interval.</param>
    /// <param name="filter">Which rows are shown.</param>
    /// <param name="lines">How many lines the terminal has; what finds no room is told below the table.</param>
    /// <param name="note">A line below the table.</param>
    public static Table Live(IntervalSample sample, MonitorFilter filter, int lines, string note)
    {
        // Head, its rule, caption, and the line of the cursor.
        const int frame = 5;
        IReadOnlyList<SyscallRow> rows = filter.Apply(sample.Rows);
        IReadOnlyList<SyscallRow> shown = [.. rows.Take(Math.Max(1, lines - frame))];
        var table = new Table().Border(TableBorder.Simple).Expand();
        for (int column = 0; column < s_columns.Length; column++)
        {
            var header = new TableColumn(new Text(s_columns[column], new Style(decoration: Decoration.Bold)));
            table.AddColumn(column < WordColumns ? header : header.RightAligned());
        }
        string[][] cells = [.. Cells(shown, sample.Rows)];
        for (int i = 0; i < cells.Length; i++)
        {
            Style style = shown[i].Outcome is { IsError: true, Errno.IsNormalOutcome: false } ? new Style(Color.Red) : Style.Plain;
            table.AddRow(cells[i].Select(cell => new Text(cell, style)));
        }
        string more = rows.Count > shown.Count ? $"; {rows.Count - shown.Count} more rows" : "";
        return table.Caption(new TableTitle(Markup.Escape($"{Clock(sample)}  {Summary(sample, rows)}{more}{note}")));
    }

    /// <summary><c>[12:34:56]</c> at the end of the interval, local time.</summary>
    public static string Clock(IntervalSample sample) => sample.Time.ToString("'['HH':'mm':'ss']'", CultureInfo.InvariantCulture);

    private static string Summary(IntervalSample sample, IReadOnlyList<SyscallRow> shown) =>
        sample.Rows.Count == 0 ? "no calls in this interval"
        : shown.Count == 0 ? $"{sample.Rows.Sum(r => r.Count)} calls, none that is to be shown"
        : $"{sample.Rows.Sum(r => r.Count)} calls in {Durations.Format(Hundredths(sample.IntervalSeconds))}";

    // Whole ticks: hundredths of a second have no exact double, and would be told as 689999.9us.
    private static TimeSpan Hundredths(double seconds) => new((long)Math.Round(seconds * 100) * (TimeSpan.TicksPerSecond / 100));

    private static IEnumerable<string[]> Cells(IEnumerable<SyscallRow> shown, IEnumerable<SyscallRow> all)
    {
        Dictionary<(string, Syscall), long> calls = all.GroupBy(r => (r.Process, r.Syscall)).ToDictionary(g => g.Key, g => g.Sum(r => r.Count));
        return shown.Select(row => new[]
        {
            Printable(row.Process), row.Syscall.Name, row.Outcome + (row.EntrySkipped ? " (denied)" : ""), row.Count.ToString(CultureInfo.InvariantCulture),
            (100.0 * row.Count / calls[(row.Process, row.Syscall)]).ToString("0.00", CultureInfo.InvariantCulture),
            Microseconds(row.Latency is null ? null : (double)row.TotalNs / row.Count),
            Microseconds(row.Latency?.Quantile(0.5)), Microseconds(row.Latency?.Quantile(0.99)),
        });
    }

    /// <summary>Three significant digits below 1000 µs; a dash where nothing was measured.</summary>
    private static string Microseconds(double? ns) => ns is not { } value ? "-" : (value / 1000) switch
    {
        < 10 => (value / 1000).ToString("0.00", CultureInfo.InvariantCulture),
        < 100 => (value / 1000).ToString("0.0", CultureInfo.InvariantCulture),
        _ => (value / 1000).ToString("0", CultureInfo.InvariantCulture),
    };

    /// <summary>A process may call itself anything; control characters would reach the terminal.</summary>
    private static string Printable(string name) => name.Length == 0 ? "?" : string.Concat(name.Select(c => char.IsControl(c) ? '?' : c));
}
