using Falter.Linux.Cgroup;
using Falter.Linux.Proc;
using Falter.Linux.Undo;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>
/// The control groups of a role that Falter launches: what tells its packets from others' where they share a network, and what holds its limits. They outlive the role's processes, which are put into
/// them one after another; so a fault goes on where a process is started again.
/// </summary>
internal sealed class RoleGroups : IDisposable
{
    private readonly UndoJournal _journal;
    private readonly List<(ControlGroup Group, RemoveGroup Step)> _groups = [];

    private RoleGroups(UndoJournal journal) => _journal = journal;

    /// <summary>The group that the role's sockets are made in; null where none was needed.</summary>
    public ControlGroup? Unified => _groups.Select(g => g.Group).FirstOrDefault(g => g.Hierarchy == ControlGroupHierarchy.Unified);

    /// <summary>Makes the groups that faults need; null where they need none.</summary>
    /// <param name="faults">All that may be armed on the role.</param>
    /// <param name="sharesNetwork">Whether others are in the role's network.</param>
    /// <param name="journal">Told before how they are removed; null only where no fault needs one.</param>
    /// <exception cref="FalterException"><c>feature-missing</c>: a group that is needed cannot be made here.</exception>
    public static RoleGroups? For(IReadOnlyList<Fault> faults, bool sharesNetwork, UndoJournal? journal)
    {
        // A limit may need the group to stand beside Falter's own instead of inside, so limits come first.
        List<(ControlGroupHierarchy Hierarchy, string? Controller)> needed = [.. from controller in faults.Select(ControllerOf).OfType<string>().Distinct() let hierarchy = ControlGroup.HierarchyWith(controller) where hierarchy is not null select (hierarchy.Value, (string?)controller)];
        if (sharesNetwork && faults.Any(f => f is NetworkFault)) needed.Add((ControlGroupHierarchy.Unified, null));
        if (needed.Count == 0) return null;
        var groups = new RoleGroups(journal!);
        try
        {
            foreach (IGrouping<ControlGroupHierarchy, (ControlGroupHierarchy Hierarchy, string? Controller)> each in needed.GroupBy(n => n.Hierarchy)) groups.Make(each.Key, [.. each.Select(e => e.Controller).OfType<string>()]);
            return groups;
        }
        catch
        {
            groups.Dispose();
            throw;
        }
    }

    /// <summary>Puts a process in, before it has made any socket.</summary>
    public void Take(int pid)
    {
        foreach ((ControlGroup group, _) in _groups) GroupFile.Take(group.Folder, pid);
    }

    /// <summary>Moves back what is in them, and removes them.</summary>
    public void Dispose()
    {
        foreach ((_, RemoveGroup step) in Enumerable.Reverse(_groups)) _journal.Undo(step);
        _groups.Clear();
    }

    private static string? ControllerOf(Fault fault) => fault is ProcessFault { Action: ProcessAction.Cpu } ? "cpu" : fault is ProcessFault { Action: ProcessAction.Memory } ? "memory" : null;

    private void Make(ControlGroupHierarchy hierarchy, string[] controllers)
    {
        ProcessStat[] self = [ProcessStat.Read(Environment.ProcessId)!];
        GroupPlacement? place = null;
        // Each controller is asked for, as any may not be handed on here; the place is the same for all.
        foreach (string? controller in controllers.Length == 0 ? [null] : controllers.Cast<string?>()) place = GroupPlacement.New(hierarchy, self, controller);
        if (place is null)
        {
            throw FalterException.Cannot("feature-missing",
                "the unified hierarchy of control groups is not mounted here, and only a group tells the packets of a role from those of others; mount it (mount -t cgroup2 none /mnt), or take network: private");
        }
        var step = new RemoveGroup(place.Group.Folder, place.Former.Folder, []);
        _journal.Add(step);
        _groups.Add((place.Group, step));
        GroupFile.Make(place.Group.Folder);
    }
}
