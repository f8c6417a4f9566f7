using System.Text.Json;
using Falter.Observe;
using Falter.Records;
using Spectre.Console;

namespace Falter.Cli;

/// <summary>Where the monitor's intervals go: one body per form of output.</summary>
internal abstract class MonitorOutput(MonitorFilter filter)
{
    protected MonitorFilter Filter { get; } = filter;

    /// <summary>Shows one interval.</summary>
    public abstract void Show(IntervalSample sample);

    /// <summary>Shows the end of a process by a signal.</summary>
    public virtual void Show(ProcessEnd end) => Console.Error.WriteLine($"falter: {end.Process} ({end.Pid}) {end.Manner}");

    /// <summary>Shows that calls were lost.</summary>
    public virtual void Show(Finding finding) => Console.Error.WriteLine($"falter: {finding}");

    /// <summary>Runs the work that shows intervals.</summary>
    public virtual Task RunAsync(Func<Task> work) => work();
}

/// <summary>One JSON document per interval and line.</summary>
internal sealed class MonitorJsonOutput(MonitorFilter filter) : MonitorOutput(filter)
{
    public override void Show(IntervalSample sample) =>
        Console.Out.WriteLine(JsonSerializer.Serialize(sample with { Rows = Filter.Apply(sample.Rows) }, RecordsFormat.Line.IntervalSample));
}

/// <summary>Plain lines, interval below interval; of intervals with nothing to show only the first is mentioned.</summary>
internal sealed class MonitorPlainOutput(MonitorFilter filter) : MonitorOutput(filter)
{
    private bool _idle;

    public override void Show(IntervalSample sample)
    {
        IReadOnlyList<SyscallRow> rows = Filter.Apply(sample.Rows);
        if (rows.Count > 0) Console.Out.WriteLine($"{MonitorTable.Clock(sample)}\n{MonitorTable.Plain(rows, sample.Rows)}");
        else if (!_idle) Console.Out.WriteLine($"{MonitorTable.Clock(sample)} no such calls; quiet until there are some\n");
        _idle = rows.Count == 0;
    }
}

/// <summary>A table on a terminal, drawn anew at each interval.</summary>
internal sealed class MonitorLiveOutput(MonitorFilter filter) : MonitorOutput(filter)
{
    private readonly List<ProcessEnd> _ends = [];
    private LiveDisplayContext? _display;
    private string _lost = "";

    public override void Show(IntervalSample sample)
    {
        string ends = _ends.Count > 0 ? $"; {_ends[^1].Process} {_ends[^1].Manner}" + (_ends.Count > 1 ? $" and {_ends.Count - 1} others before" : "") : "";
        _display!.UpdateTarget(MonitorTable.Live(sample, Filter, AnsiConsole.Profile.Height, ends + _lost));
        _display.Refresh();
    }

    public override void Show(ProcessEnd end) => _ends.Add(end);

    public override void Show(Finding finding) => _lost = $"; {finding}";

    public override async Task RunAsync(Func<Task> work)
    {
        await AnsiConsole.Live(new Text("waiting for the first interval")).Overflow(VerticalOverflow.Crop).StartAsync(display =>
        {
            _display = display;
            return work();
        });
        foreach (ProcessEnd end in _ends) base.Show(end);
    }
}
