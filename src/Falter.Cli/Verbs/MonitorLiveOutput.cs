using System.Runtime.InteropServices;
using System.Text;
using Falter.Linux.Terminals;
using Falter.Observe;
using Falter.Records;

namespace Falter.Cli;

/// <summary>A screen of a terminal, drawn anew at each interval, each key and each change of the window's size. What was there before comes back at the end, with the last interval below it.</summary>
internal sealed class MonitorLiveOutput(MonitorFilter filter, MonitorTable table, bool colours) : MonitorOutput(filter)
{
    // Title, head of the table, note, keys.
    private const int Frame = 4;

    private readonly Lock _lock = new();
    private readonly List<ProcessEnd> _ends = [];
    private IntervalSample? _last;
    // The latest of each code.
    private readonly SortedDictionary<string, Finding> _findings = new(StringComparer.Ordinal);
    private TerminalScreen? _screen;

    public override bool ReadsKeys { get; } = TerminalScreen.CanReadKeys;

    public override void Show(IntervalSample sample)
    {
        lock (_lock)
        {
            _last = sample;
            Draw();
        }
    }

    public override void Show(ProcessEnd end)
    {
        lock (_lock) _ends.Add(end);
    }

    public override void Show(Finding finding)
    {
        lock (_lock) _findings[finding.Code] = finding;
    }

    public override async Task RunAsync(Func<CancellationToken, Task> work, CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        // Ctrl-\ would end the process with the terminal as it is now.
        using PosixSignalRegistration onQuit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, signal =>
        {
            signal.Cancel = true;
            _ = stop.CancelAsync();
        });
        using (TerminalScreen screen = TerminalScreen.Open(Redraw, key => Press(key, stop)))
        {
            lock (_lock)
            {
                _screen = screen;
                Draw();
            }
            try
            {
                await work(stop.Token);
            }
            finally
            {
                lock (_lock) _screen = null;
            }
        }
        PrintLast();
    }

    private void Redraw()
    {
        lock (_lock) Draw();
    }

    private void Press(char key, CancellationTokenSource stop)
    {
        lock (_lock)
        {
            switch (key)
            {
                case 'x':
                    Filter = Filter with { FailuresOnly = !Filter.FailuresOnly };
                    break;
                case 's':
                    Filter = Filter with { Sort = (MonitorSort)(((int)Filter.Sort + 1) % Enum.GetValues<MonitorSort>().Length) };
                    break;
                case 'q':
                    // Not on this thread, which the end waits for.
                    _ = stop.CancelAsync();
                    return;
                default:
                    return;
            }
            Draw();
        }
    }

    private void Draw()
    {
        if (_screen is not { } screen) return;
        (int lines, int columns) = TerminalScreen.Size;
        screen.Draw([.. Screen(lines, columns).Take(lines)]);
    }

    private IEnumerable<string> Screen(int lines, int columns)
    {
        IReadOnlyList<RatedRow> rows = _last is null ? [] : Filter.Apply(_last.Rows);
        int room = Math.Max(1, lines - Frame);
        IReadOnlyList<RatedRow> shown = [.. rows.Take(room)];
        yield return Cut(_last is null ? "waiting for the first interval"
            : $"{MonitorTable.Clock(_last)}  {MonitorTable.Summary(_last, rows.Count)}{(rows.Count > shown.Count ? $"; {rows.Count - shown.Count} more rows" : "")}", columns);
        IReadOnlyList<string> text = table.Lines(shown, columns);
        yield return Styled("1", text[0]);
        for (int i = 0; i < shown.Count; i++) yield return shown[i].Row.Outcome is { IsError: true, Errno.IsNormalOutcome: false } ? Styled("31", text[i + 1]) : text[i + 1];
        for (int i = shown.Count; i < lines - Frame; i++) yield return "";
        yield return Cut(Note(), columns);
        string view = $"sort: {Words.Of(Filter.Sort)}{(Filter.FailuresOnly ? "; failures only" : "")}";
        yield return Styled("7", Cut(ReadsKeys ? $"x failures only  s next order  q quit   ({view})" : $"Ctrl-C ends   ({view})", columns));
    }

    private string Note()
    {
        string ends = _ends.Count == 0 ? "" : $"{MonitorTable.Printable(_ends[^1].Process)} {_ends[^1].Manner}{(_ends.Count > 1 ? $" and {_ends.Count - 1} others before" : "")}";
        return string.Join("; ", _findings.Values.Select(f => f.ToString()).Prepend(ends).Where(t => t.Length > 0));
    }

    private static string Cut(string text, int columns) => text.Length <= columns ? text : text[..columns];

    // SGR, ECMA-48 8.3.117: 1 bold, 7 reversed, 31 red.
    private string Styled(string code, string text) => colours ? $"\e[{code}m{text}\e[0m" : text;

    /// <summary>Leaves the last interval on the terminal, as far as the window has room.</summary>
    private void PrintLast()
    {
        if (_last is { } sample)
        {
            (int lines, int columns) = TerminalScreen.Size;
            IReadOnlyList<RatedRow> rows = Filter.Apply(sample.Rows), shown = [.. rows.Take(Math.Max(1, lines - Frame))];
            var text = new StringBuilder($"{MonitorTable.Clock(sample)}  {MonitorTable.Summary(sample, rows.Count)}\n");
            if (shown.Count > 0) text.AppendJoin('\n', table.Lines(shown, columns)).Append('\n');
            if (rows.Count > shown.Count) text.Append($"{rows.Count - shown.Count} more rows\n");
            Console.Out.Write(text);
        }
        foreach (ProcessEnd end in _ends) base.Show(end);
        foreach (Finding finding in _findings.Values) base.Show(finding);
    }
}
