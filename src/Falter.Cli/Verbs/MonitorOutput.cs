using Falter.Observe;
using Falter.Records;

namespace Falter.Cli;

/// <summary>Where the monitor's intervals go: one body per form of output.</summary>
internal abstract class MonitorOutput(MonitorFilter filter)
{
    protected MonitorFilter Filter { get; set; } = filter;

    /// <summary>Whether it reads keys from the terminal, so that a launched target cannot.</summary>
    public virtual bool ReadsKeys => false;

    /// <summary>Shows one interval.</summary>
    public abstract void Show(IntervalSample sample);

    /// <summary>Shows the end of a process by a signal.</summary>
    public virtual void Show(ProcessEnd end) => Console.Error.WriteLine($"falter: {MonitorTable.Printable(end.Process)} ({end.Pid}) {end.Manner}");

    /// <summary>Shows that calls were lost.</summary>
    public virtual void Show(Finding finding) => Console.Error.WriteLine($"falter: {finding}");

    /// <summary>Runs the work that shows intervals.</summary>
    /// <param name="work">Ends soon, in the ordinary way, when its token is cancelled.</param>
    /// <param name="cancel">Cancelled when the user stops the program.</param>
    public virtual Task RunAsync(Func<CancellationToken, Task> work, CancellationToken cancel) => work(cancel);
}

/// <summary>One JSON document per interval and line.</summary>
internal sealed class MonitorJsonOutput(MonitorFilter filter) : MonitorOutput(filter)
{
    public override void Show(IntervalSample sample) => Console.Out.WriteLine(MonitorDocument.Of(sample, Filter.Apply(sample.Rows)).ToJson());
}

/// <summary>Plain lines, interval below interval; of intervals with nothing to show only the first is mentioned.</summary>
internal sealed class MonitorPlainOutput(MonitorFilter filter, MonitorTable table, int width) : MonitorOutput(filter)
{
    private bool _idle;

    public override void Show(IntervalSample sample)
    {
        IReadOnlyList<RatedRow> rows = Filter.Apply(sample.Rows);
        if (rows.Count > 0) Console.Out.WriteLine($"{MonitorTable.Clock(sample)}\n{string.Join('\n', table.Lines(rows, width))}\n");
        else if (!_idle) Console.Out.WriteLine($"{MonitorTable.Clock(sample)} no such calls; quiet until there are some\n");
        _idle = rows.Count == 0;
    }
}
