using Falter.Linux.Cgroup;
using Falter.Linux.Proc;
using Falter.Linux.Undo;
using Falter.Records;

namespace Falter.Inject;

/// <summary>The freezer of a control group that holds the target alone: all stand still at once, and nobody is told.</summary>
internal sealed class FreezeMechanism(GroupPlacement place, IReadOnlyList<ProcessStat> processes, Func<IReadOnlyList<ProcessStat>> again) : ProcessMechanism
{
    private readonly GroupFreezer _freezer = new(place.Group.Folder);

    // The controller of version 1 knows no signals; version 2 lets SIGKILL through (kernel/cgroup/freezer.c).
    private bool HoldsKills => place.Group.Hierarchy == ControlGroupHierarchy.Freezer;

    /// <inheritdoc/>
    public override ProcessFaultPlan Plan => new(ProcessFaults.FreezerName, processes, $"they stand still, frozen with the control group {place.Group.Folder}",
        place.IsOwn ? $"Thawing lets them go on; by hand: {new ThawGroup(place.Group.Folder).ByHand}." : $"They are moved back, and the group is removed; by hand: {place.UndoOfMake(processes).ByHand}.",
        [
            place.IsOwn ? "the group is the target's own" : $"the group is made for it, inside {place.Former.Folder}; what the target starts meanwhile is born in it",
            HoldsKills ? "signals, SIGKILL too, act once they go on" : "signals act once they go on; SIGKILL acts at once",
            ProcessFaults.InterruptedWaits,
            .. place.IsOwn && _freezer.IsFrozen ? ["the group is frozen already and stays so"] : Array.Empty<string>(),
        ]);

    /// <inheritdoc/>
    public override void Arm(ArmedProcesses armed)
    {
        if (place.IsOwn && _freezer.IsFrozen) return;
        if (!place.IsOwn)
        {
            armed.Intend(place.UndoOfMake(processes));
            place.Make(_ => { });
            place.Fill(again);
        }
        armed.Intend(new ThawGroup(place.Group.Folder));
        _freezer.Freeze();
        long frozen = place.Group.ProcessesBelow.Count;
        armed.CountBy(() => frozen);
    }
}
