using Falter.Linux;
using Falter.Linux.Undo;
using Falter.Records;

namespace Falter.Inject;

/// <summary>A process fault in force, with the steps that take it back.</summary>
internal sealed class ArmedProcesses(string mechanism, string undo, UndoJournal journal) : IArmedFault
{
    private readonly List<UndoStep> _steps = [];
    private Func<long> _count = () => 0;
    private long? _last;

    /// <inheritdoc/>
    public string Mechanism => mechanism;

    /// <inheritdoc/>
    public string Undo => undo;

    /// <inheritdoc/>
    public long Injected => _last ?? _count();

    /// <summary>How what it has done is counted.</summary>
    public void CountBy(Func<long> count) => _count = count;

    /// <summary>Writes down how the next thing is taken back; only then may it be done.</summary>
    public void Intend(UndoStep step)
    {
        journal.Add(step);
        _steps.Add(step);
    }

    /// <summary>Takes all back, the last first.</summary>
    /// <exception cref="FalterException"><c>undo-failed</c>, with the commands that do it by hand; it stays in the journal.</exception>
    public void TakeBack()
    {
        // Counters may be in a group that is about to be removed.
        _last ??= _count();
        var failures = new List<Finding>();
        foreach (UndoStep step in Enumerable.Reverse(_steps).ToArray())
        {
            try
            {
                journal.Undo(step);
                _steps.Remove(step);
            }
            catch (LinuxException e)
            {
                failures.Add(Finding.Limits("undo-failed", $"{step.Effect}, and that could not be undone: {e.Message}; by hand: {step.ByHand}"));
            }
        }
        if (failures.Count > 0) throw new FalterException(failures, ExitCode.Broke);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await Task.Run(TakeBack);
}
