using Falter.Linux.Containers;
using Falter.Linux.Undo;
using Falter.Records;

namespace Falter.Inject;

/// <summary>A container fault in force, with the steps that take it back.</summary>
internal sealed class ArmedContainerFault(string undo, EngineContainer container, ContainerState before, UndoJournal journal) : IArmedFault
{
    private readonly Stack<UndoStep> _steps = new();
    private readonly List<Finding> _findings = [];

    /// <inheritdoc/>
    public string Mechanism => ContainerFaults.MechanismName;

    /// <inheritdoc/>
    public string Undo => undo;

    /// <inheritdoc/>
    public long Injected { get; private set; }

    /// <inheritdoc/>
    public IReadOnlyList<Finding> Findings => _findings;

    /// <summary>Does something, once it is written how it is taken back; null where that is nothing.</summary>
    public void Do(UndoStep? step, Action action)
    {
        if (step is not null)
        {
            journal.Add(step);
            _steps.Push(step);
        }
        action();
        Injected++;
    }

    /// <summary>Takes all back, the last first.</summary>
    /// <exception cref="FalterException"><c>undo-failed</c>, with the commands that do it by hand; it stays in the journal.</exception>
    public void End()
    {
        var failures = new List<Finding>();
        bool reconnected = _steps.Any(s => s is ReconnectContainer);
        while (_steps.TryPop(out UndoStep? step))
        {
            try
            {
                journal.Undo(step);
            }
            catch (FalterException e)
            {
                failures.Add(Finding.Limits("undo-failed", $"{step.Effect}, and that could not be undone: {e.Message}; by hand: {step.ByHand}"));
            }
        }
        if (failures.Count > 0) throw new FalterException(failures, ExitCode.Broke);
        if (reconnected && container.State is { } now) _findings.AddRange(Changed(now));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await Task.Run(End);

    private IEnumerable<Finding> Changed(ContainerState now) =>
        from was in before.Networks
        join network in now.Networks on was.NetworkId equals network.NetworkId
        where (was.Address, was.Address6) != (network.Address, network.Address6)
        select Finding.Limits("address-changed", $"the container {before.Name} had {was.Address ?? was.Address6} on {was.Name} and has {network.Address ?? network.Address6} now");
}
