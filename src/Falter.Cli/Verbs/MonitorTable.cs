using System.Globalization;
using Falter.Records;

namespace Falter.Cli;

/// <summary>An interval's rows as lines of text, in columns, within a width.</summary>
/// <param name="unit">Unit of times: <c>us</c> or <c>ms</c>.</param>
internal sealed class MonitorTable(string unit)
{
    /// <summary>Columns of lines that do not go to a terminal.</summary>
    public const int PipedWidth = 80;

    // The first three are words, the others numbers.
    private const int WordColumns = 3;

    private static readonly string[] s_columns = ["PROCESS", "SYSCALL", "OUTCOME", "COUNT", "RATE%", "AVG", "P50", "P90", "P99", "MAX"];

    // What a narrow table does without, first to last: P90, AVG, MAX, P50, P99, RATE%.
    private static readonly int[] s_dispensable = [7, 5, 9, 6, 8, 4];

    private readonly double _nsPerUnit = unit == "ms" ? 1_000_000 : 1000;

    /// <summary>The head and a line for each row, as wide as these rows need; columns that find no room are left out, the least important first.</summary>
    public IReadOnlyList<string> Lines(IReadOnlyList<RatedRow> rows, int width)
    {
        string symbol = unit == "ms" ? "ms" : "µs";
        string[][] table = [[.. s_columns.Select((name, i) => i > 4 ? $"{name} {symbol}" : name)], .. rows.Select(Cells)];
        int[] widths = [.. s_columns.Select((_, i) => table.Max(line => line[i].Length))];
        (int[] columns, int gap) = Fit(widths, width);
        return [.. table.Select(line => Line(line, columns, widths, gap, width))];
    }

    /// <summary><c>[12:34:56]</c> at the end of the interval, local time.</summary>
    public static string Clock(IntervalSample sample) => sample.Time.ToString("'['HH':'mm':'ss']'", CultureInfo.InvariantCulture);

    /// <summary>How many calls there were in the interval, and whether any is shown.</summary>
    public static string Summary(IntervalSample sample, int shown) =>
        sample.Rows.Count == 0 ? "no calls in this interval"
        : shown == 0 ? $"{sample.Rows.Sum(r => r.Count)} calls, none that is to be shown"
        : $"{sample.Rows.Sum(r => r.Count)} calls in {Durations.Format(Hundredths(sample.IntervalSeconds))}";

    // Whole ticks: hundredths of a second have no exact double, and would be told as 689999.9us.
    private static TimeSpan Hundredths(double seconds) => new((long)Math.Round(seconds * 100) * (TimeSpan.TicksPerSecond / 100));

    /// <summary>The columns that fit, with the widest gap between them that they leave room for.</summary>
    private static (int[] Columns, int Gap) Fit(int[] widths, int width)
    {
        int[] columns = [.. Enumerable.Range(0, widths.Length)];
        for (int left = 0; ; left++)
        {
            for (int gap = 2; gap > 0; gap--)
            {
                if (columns.Sum(c => widths[c]) + gap * (columns.Length - 1) <= width) return (columns, gap);
            }
            if (left == s_dispensable.Length) return (columns, 1);
            columns = [.. columns.Where(c => c != s_dispensable[left])];
        }
    }

    private static string Line(string[] cells, int[] columns, int[] widths, int gap, int width)
    {
        string line = string.Join(new string(' ', gap), columns.Select(c => c < WordColumns ? cells[c].PadRight(widths[c]) : cells[c].PadLeft(widths[c])));
        return line.Length <= width ? line : line[..width];
    }

    private string[] Cells(RatedRow rated)
    {
        SyscallRow row = rated.Row;
        return
        [
            Printable(row.Process), row.Syscall.Name, row.Outcome + (row.Injected ? " (injected)" : row.EntrySkipped ? " (denied)" : ""), row.Count.ToString(CultureInfo.InvariantCulture),
            (100 * rated.Rate).ToString("0.00", CultureInfo.InvariantCulture),
            Time(row.Latency is null ? null : (double)row.TotalNs / row.Count),
            Time(row.Latency?.Quantile(0.5)), Time(row.Latency?.Quantile(0.9)), Time(row.Latency?.Quantile(0.99)), Time(row.Latency?.Quantile(1)),
        ];
    }

    /// <summary>Three significant digits below 1000; a dash where nothing was measured.</summary>
    private string Time(double? ns) => ns is not { } value ? "-" : (value / _nsPerUnit) switch
    {
        < 0.1 => (value / _nsPerUnit).ToString("0.0000", CultureInfo.InvariantCulture),
        < 1 => (value / _nsPerUnit).ToString("0.000", CultureInfo.InvariantCulture),
        < 10 => (value / _nsPerUnit).ToString("0.00", CultureInfo.InvariantCulture),
        < 100 => (value / _nsPerUnit).ToString("0.0", CultureInfo.InvariantCulture),
        _ => (value / _nsPerUnit).ToString("0", CultureInfo.InvariantCulture),
    };

    /// <summary>A process may call itself anything; control characters would reach the terminal.</summary>
    public static string Printable(string name) => name.Length == 0 ? "?" : string.Concat(name.Select(c => char.IsControl(c) ? '?' : c));
}
