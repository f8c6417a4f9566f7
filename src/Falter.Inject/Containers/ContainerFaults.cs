using Falter.Linux.Containers;
using Falter.Linux.Undo;
using Falter.Records;

namespace Falter.Inject;

/// <summary>Faults of whole containers, by their engine.</summary>
public static class ContainerFaults
{
    /// <summary>The mechanism's name.</summary>
    public const string MechanismName = "container-engine";

    /// <summary>What the fault would do now, without doing it.</summary>
    /// <exception cref="FalterException">As <see cref="ArmAsync"/>.</exception>
    public static OutsideFaultPlan Plan(ContainerFault fault, EngineContainer container)
    {
        ContainerState state = Require(fault, container);
        IReadOnlyList<UndoStep> steps = Steps(fault, container, state);
        string byHand = string.Join("; ", steps.Reverse().Select(s => s.ByHand));
        return new OutsideFaultPlan(MechanismName, $"the container {state.Name} ({container.Id[..12]}) of {container.Socket}", Does(fault, state), Undo(fault, byHand), Notes(fault, state));
    }

    /// <summary>Why a fault cannot be armed for this container; null where it can.</summary>
    public static IReadOnlyList<Finding>? RefusalOf(ContainerFault fault, EngineContainer container)
    {
        try
        {
            _ = Require(fault, container);
            return null;
        }
        catch (FalterException e)
        {
            return e.Findings;
        }
    }

    /// <summary>Carries the fault out; <see cref="Fault.After"/> and <see cref="Fault.For"/> are its caller's.</summary>
    /// <param name="fault">What.</param>
    /// <param name="container">To which container (<see cref="Container.OfEngine"/>).</param>
    /// <param name="journal">Where everything that must be undone is written before it is done.</param>
    /// <exception cref="FalterException">
    /// <c>target-not-found</c>: it is gone or does not run; <c>rule-not-supported</c>: it is not on that network, or would be removed by its engine;
    /// <c>engine-refused</c>. What had been done was undone.
    /// </exception>
    public static Task<IArmedFault> ArmAsync(ContainerFault fault, EngineContainer container, UndoJournal journal) => Task.Run<IArmedFault>(() =>
    {
        OutsideFaultPlan plan = Plan(fault, container);
        ContainerState state = Require(fault, container);
        var armed = new ArmedContainerFault(plan.Undo, container, state, journal);
        try
        {
            foreach (UndoStep step in Steps(fault, container, state)) armed.Do(step, step is ReconnectContainer off ? () => container.Disconnect(off.Network) : Act(fault, container));
            if (fault.Action == ContainerAction.Restart) armed.Do(null, container.Restart);
            return armed;
        }
        catch
        {
            armed.End();
            throw;
        }
    });

    private static ContainerState Require(ContainerFault fault, EngineContainer container)
    {
        ContainerState state = container.State ?? throw FalterException.Usage("target-not-found", $"{fault}: the container {container.Id} is gone");
        if (state.Status != "running") throw FalterException.Usage("target-not-found", $"{fault}: the container {state.Name} does not run (its engine says {state.Status})");
        if (fault.Action is ContainerAction.Kill && state.IsRemovedAtEnd)
        {
            throw FalterException.Usage("rule-not-supported", $"{fault}: the engine removes {state.Name} when it ends (--rm), so it could not be started again; start it without --rm, or take container:pause");
        }
        if (fault.Action == ContainerAction.Disconnect && Left(fault, state).Count == 0)
        {
            string names = string.Join(", ", state.Networks.Where(n => n.CanBeLeft).Select(n => n.Name));
            throw FalterException.Usage("rule-not-supported", $"{fault}: {state.Name} is on no such network; {(names.Length > 0 ? $"it is on {names}" : "it has none that it can be taken off")}");
        }
        return state;
    }

    private static IReadOnlyList<ContainerNetwork> Left(ContainerFault fault, ContainerState state) =>
        [.. state.Networks.Where(n => n.CanBeLeft && (fault.Network is null || n.Name == fault.Network || n.NetworkId == fault.Network))];

    private static IReadOnlyList<UndoStep> Steps(ContainerFault fault, EngineContainer container, ContainerState state) => fault.Action switch
    {
        ContainerAction.Disconnect => [.. Left(fault, state).Select(n => new ReconnectContainer(container.Socket, container.Id, state.Name, n))],
        ContainerAction.Pause => [new UnpauseContainer(container.Socket, container.Id, state.Name)],
        ContainerAction.Kill => [new StartContainer(container.Socket, container.Id, state.Name)],
        _ => [],
    };

    private static Action Act(ContainerFault fault, EngineContainer container) => fault.Action == ContainerAction.Pause ? container.Pause : container.Kill;

    private static string Does(ContainerFault fault, ContainerState state) => fault.Action switch
    {
        ContainerAction.Disconnect => $"it is taken off {string.Join(", ", Left(fault, state).Select(n => n.Name))}",
        ContainerAction.Pause => "all its processes stand still",
        ContainerAction.Kill => "its first process is killed, and the others with it",
        _ => "it is stopped and started again",
    };

    private static string Undo(ContainerFault fault, string byHand) => fault.Action switch
    {
        ContainerAction.Disconnect => $"It is put back with the aliases and addresses that it had; by hand: {byHand}.",
        ContainerAction.Pause => $"It goes on; by hand: {byHand}.",
        ContainerAction.Kill => $"It is started again; by hand: {byHand}.",
        _ => "It runs again when the fault is in force; there is nothing to undo.",
    };

    private static string[] Notes(ContainerFault fault, ContainerState state) => fault.Action switch
    {
        ContainerAction.Disconnect when Left(fault, state).Where(n => !n.IsFixed).Select(n => n.Name).ToArray() is { Length: > 0 } chosen =>
            [$"the engine chose the address on {string.Join(", ", chosen)}; it is asked for again, and may be another"],
        ContainerAction.Kill => ["what the container keeps in memory is lost", "its name is not found on its networks while it does not run: others meet a resolver's error first"],
        ContainerAction.Restart => ["its processes get 10 s to end by themselves"],
        _ => [],
    };
}
