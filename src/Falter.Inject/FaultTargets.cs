using Falter.Linux.Containers;
using Falter.Linux.Network;
using Falter.Linux.Undo;
using Falter.Records;

namespace Falter.Inject;

/// <summary>What faults of processes, networks and containers are armed on.</summary>
/// <param name="Tree">The target's processes.</param>
/// <param name="Group">Its control group, where it was named by one.</param>
/// <param name="Container">Its container, where it was named by one.</param>
public sealed record FaultTargets(TargetTree Tree, Linux.Cgroup.ControlGroup? Group, EngineContainer? Container)
{
    /// <summary>Finds where its packets are; null: as its processes and its group tell. Who asks disposes of it.</summary>
    public Func<NetworkScope>? Scope { get; init; }

    /// <summary>What a fault would do, without doing it.</summary>
    /// <exception cref="FalterException">It cannot be armed on this target.</exception>
    public PlannedFault Plan(Fault fault)
    {
        switch (fault)
        {
            case ProcessFault process:
                ProcessFaultPlan plan = ProcessFaults.Plan(process, Tree);
                return new PlannedFault(plan.Mechanism, plan.Does, plan.Undo, [string.Join(", ", plan.Processes.Select(p => $"{p.Pid} {p.Name}")), .. plan.Notes]);
            case NetworkFault network:
                using (NetworkScope scope = FindScope()) return PlannedFault.Of(NetworkFaults.Plan(network, scope));
            case ContainerFault container:
                return PlannedFault.Of(ContainerFaults.Plan(container, RequireContainer(container)));
            default:
                throw new ArgumentOutOfRangeException(nameof(fault), fault, "a system call rule is armed by an injector");
        }
    }

    /// <summary>Arms a fault.</summary>
    internal async Task<IArmedFault> ArmAsync(Fault fault, UndoJournal journal, ulong seed)
    {
        switch (fault)
        {
            case ProcessFault process:
                return await ProcessFaults.ArmAsync(process, Tree, journal);
            case NetworkFault network:
                return await NetworkFaults.ArmAsync(network, FindScope(), journal, seed);
            case ContainerFault container:
                return await ContainerFaults.ArmAsync(container, RequireContainer(container), journal);
            default:
                throw new ArgumentOutOfRangeException(nameof(fault));
        }
    }

    private NetworkScope FindScope() => Scope?.Invoke() ?? NetworkScope.Of(Tree.Roots, Group);

    private EngineContainer RequireContainer(ContainerFault fault) => Container ??
        throw FalterException.Usage("rule-not-supported", $"{fault}: the target is no container; name one with --container, or use process:… and network:… faults");
}

/// <summary>What a fault would do.</summary>
/// <param name="Mechanism">How.</param>
/// <param name="Does">What happens, in one sentence.</param>
/// <param name="Undo">How it ends, also by hand.</param>
/// <param name="Notes">Whom it hits, and what else must be known.</param>
public sealed record PlannedFault(string Mechanism, string Does, string Undo, IReadOnlyList<string> Notes)
{
    internal static PlannedFault Of(OutsideFaultPlan plan) => new(plan.Mechanism, plan.Does, plan.Undo, [plan.Scope, .. plan.Notes]);
}
