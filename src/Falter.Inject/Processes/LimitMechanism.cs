using Falter.Linux.Cgroup;
using Falter.Linux.Proc;
using Falter.Linux.Undo;
using Falter.Records;

namespace Falter.Inject;

/// <summary>A limit of the target's own control group, or of one that Falter makes and moves the processes into.</summary>
internal sealed class LimitMechanism : ProcessMechanism
{
    private readonly GroupLimit _limit;
    private readonly GroupPlacement _place;
    private readonly IReadOnlyList<ProcessStat> _processes;
    private readonly Func<IReadOnlyList<ProcessStat>> _again;
    private readonly string _folder, _file, _value;

    private LimitMechanism(GroupLimit limit, GroupPlacement place, IReadOnlyList<ProcessStat> processes, Func<IReadOnlyList<ProcessStat>> again)
    {
        (_limit, _place, _processes, _again) = (limit, place, processes, again);
        _folder = place.Group.Folder;
        _file = limit.File(IsVersion2);
        _value = limit.Value(_folder, IsVersion2);
    }

    private bool IsVersion2 => _place.Group.Hierarchy == ControlGroupHierarchy.Unified;

    /// <summary>Finds the place for a limit.</summary>
    /// <exception cref="FalterException"><c>feature-missing</c>: no hierarchy has the controller; <c>rule-not-supported</c>: the target is limited to as much or less already.</exception>
    public static LimitMechanism Of(GroupLimit limit, ProcessFault fault, IReadOnlyList<ProcessStat> processes, Func<IReadOnlyList<ProcessStat>> again)
    {
        ControlGroupHierarchy hierarchy = ControlGroup.HierarchyWith(limit.Controller)
            ?? throw FalterException.Cannot("feature-missing", $"{fault}: no mounted hierarchy of control groups has the {limit.Controller} controller; mount one, for example: mount -t cgroup2 none /mnt/cgroup");
        GroupPlacement place = GroupPlacement.Own(hierarchy, processes) ?? GroupPlacement.New(hierarchy, processes, limit.Controller)
            ?? throw FalterException.Usage("target-not-found", $"{fault}: no process of the target is left");
        bool version2 = hierarchy == ControlGroupHierarchy.Unified;
        // The new group stands beside the former one in version 2: its limit would then no longer hold, and this one would be wider.
        if (limit.IsNoNarrowerThan(place.Former.Folder, version2))
        {
            string file = Path.Join(place.Former.Folder, limit.File(version2));
            throw FalterException.Usage("rule-not-supported", $"{fault}: the target is limited to as much or less already ({file}: {GroupFile.Read(place.Former.Folder, limit.File(version2))}); ask for less");
        }
        return new LimitMechanism(limit, place, processes, again);
    }

    /// <inheritdoc/>
    public override ProcessFaultPlan Plan => new(ProcessFaults.CgroupName, _processes, $"{_limit.Does}: '{_value}' in {Path.Join(_folder, _file)}",
        _place.IsOwn ? $"The old value is written back; by hand: {UndoOfLimit().ByHand}." : $"They are moved back, and the group is removed; by hand: {_place.UndoOfMake(_processes).ByHand}.",
        [
            .. _limit.Notes(_place.IsOwn),
            .. _place.IsOwn ? ["the group is the target's own"]
                : IsVersion2 ? [$"the group is made for them, beside {_place.Former.Folder}, whose other limits do not hold for them meanwhile"]
                : new[] { $"the group is made for them, inside {_place.Former.Folder}" },
        ]);

    /// <inheritdoc/>
    public override void Arm(ArmedProcesses armed)
    {
        long before = 0;
        if (_place.IsOwn)
        {
            before = Met();
            armed.Intend(UndoOfLimit());
            GroupFile.Write(_folder, _file, _value);
        }
        else
        {
            armed.Intend(_place.UndoOfMake(_processes));
            _place.Make(folder => GroupFile.Write(folder, _file, _value));
            _place.Fill(_again);
        }
        armed.CountBy(() => Math.Max(0, Met() - before));
    }

    private WriteGroupFile UndoOfLimit() => new(_folder, _file, GroupFile.Read(_folder, _file) ?? "max");

    private long Met() => _limit.Met(_folder, IsVersion2);
}
