using Falter.Linux.Cgroup;
using Falter.Linux.Proc;

namespace Falter.Linux.Ebpf;

/// <summary>The kernel side's copy of a <see cref="ProcessSelection"/> (bpf/selection.h).</summary>
internal sealed class SelectionMaps
{
    private readonly ProcessSelection _selection;
    private readonly BpfMap<SelectedGroup, uint> _groups;
    private readonly Dictionary<ControlGroup, long> _ids = [];

    /// <summary>Fills the maps of programs that were loaded for this selection.</summary>
    public SelectionMaps(BpfObject loaded, ProcessSelection selection)
    {
        _selection = selection;
        _groups = loaded.Map<SelectedGroup, uint>("selected_groups");
        BpfMap<SelectedName, uint> names = loaded.Map<SelectedName, uint>("selected_names");
        foreach (string name in selection.Names.Concat(selection.ExceptNames).Distinct())
        {
            names.TrySet(SelectedName.Of(name), (selection.Names.Contains(name) ? SelectedName.Selected : 0) | (selection.ExceptNames.Contains(name) ? SelectedName.Excluded : 0));
        }
        BpfMap<uint, uint> pids = loaded.Map<uint, uint>("excluded_pids");
        foreach (int pid in selection.ExceptPids) pids.TrySet((uint)pid, 1);
        Renew();
    }

    /// <summary>Whether a group has been made anew since <see cref="Renew"/>, as that of a container that was restarted.</summary>
    public bool IsOutdated => _selection.Groups.Any(g => g.Id is { } id && _ids.GetValueOrDefault(g) != id);

    /// <summary>The selectors that are given.</summary>
    public static Selector Selectors(ProcessSelection selection) =>
        (selection.Roots ? Selector.Roots : 0) | (selection.Names.Count > 0 ? Selector.Names : 0) | (selection.Groups.Count > 0 ? Selector.Groups : 0)
        | (selection.ExceptNames.Count + selection.ExceptPids.Count > 0 ? Selector.Except : 0);

    /// <summary>The hierarchies in which groups are selected, one bit each.</summary>
    public static uint Hierarchies(ProcessSelection selection) => selection.Groups.Aggregate(0u, (bits, group) => bits | 1u << (int)group.Hierarchy);

    /// <summary>Enters the groups by the numbers that they have now; those that they had before are gone for good.</summary>
    public void Renew()
    {
        foreach (ControlGroup group in _selection.Groups)
        {
            if (group.Id is not { } id) continue;
            if (_ids.TryGetValue(group, out long before) && before != id) _groups.Remove(new SelectedGroup { Id = (ulong)before, Hierarchy = (uint)group.Hierarchy });
            _ids[group] = id;
            _groups.TrySet(new SelectedGroup { Id = (ulong)id, Hierarchy = (uint)group.Hierarchy }, 1);
        }
    }
}
