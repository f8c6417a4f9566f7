using Falter.Linux.Proc;
using Falter.Linux.Undo;
using Falter.Records;

namespace Falter.Linux.Cgroup;

/// <summary>A group in which some processes are, or can be put, without anybody else: what is done to the group is done to them alone.</summary>
/// <param name="Group">The group; it is not there yet where it is not their own.</param>
/// <param name="IsOwn">Whether they are in it already; else Falter makes it and moves them.</param>
/// <param name="Former">The group of the first of them.</param>
public sealed record GroupPlacement(ControlGroup Group, bool IsOwn, ControlGroup Former)
{
    // A tree that makes processes faster than they can be moved for so long is given up.
    private const int Passes = 100;

    /// <summary>The group that holds these processes and no other, in one hierarchy; null where there is none.</summary>
    public static GroupPlacement? Own(ControlGroupHierarchy hierarchy, IReadOnlyList<ProcessStat> processes)
    {
        if (processes.Count == 0 || ControlGroup.OfProcess(processes[0].Pid, hierarchy) is not { IsRoot: false } group) return null;
        return group.ProcessesBelow.ToHashSet().SetEquals(processes.Select(p => p.Pid)) ? new GroupPlacement(group, IsOwn: true, group) : null;
    }

    /// <summary>A group that Falter can make for these processes; null where the hierarchy is not mounted, or no process is left.</summary>
    /// <param name="hierarchy">Where.</param>
    /// <param name="processes">What is to be in it.</param>
    /// <param name="controller">The controller that it must have in version 2; null where it needs none.</param>
    /// <exception cref="FalterException"><c>feature-missing</c>: the controller is not handed on to groups at that place.</exception>
    public static GroupPlacement? New(ControlGroupHierarchy hierarchy, IReadOnlyList<ProcessStat> processes, string? controller = null)
    {
        if (processes.Count == 0 || ControlGroup.OfProcess(processes[0].Pid, hierarchy) is not { } former) return null;
        ControlGroup parent = former;
        if (hierarchy == ControlGroupHierarchy.Unified && controller is not null)
        {
            // A group of version 2 that hands controllers on may hold no processes itself (Documentation/admin-guide/cgroup-v2.rst, "No Internal
            // Process Constraint"), so the new group stands beside the former one. The root may do both.
            if (!former.IsRoot) parent = former.Parent;
            if (!GroupFile.Words(parent.Folder, "cgroup.subtree_control").Contains(controller))
            {
                throw FalterException.Cannot("feature-missing", $"the control group {parent.Folder} does not hand the {controller} controller on; allow it with: echo +{controller} > {parent.Folder}/cgroup.subtree_control");
            }
        }
        return new GroupPlacement(parent.Child(OwnedName.New()), IsOwn: false, former);
    }

    /// <summary>What takes <see cref="Make"/> back.</summary>
    public RemoveGroup UndoOfMake(IReadOnlyList<ProcessStat> processes) => new(Group.Folder, Former.Folder,
        [.. processes.Select(p => new MovedProcess(p.Pid, p.StartTicks, ControlGroup.OfProcess(p.Pid, Group.Hierarchy)?.Folder ?? Former.Folder))]);

    /// <summary>Makes the group, and prepares it while it is empty.</summary>
    public void Make(Action<string> prepare)
    {
        GroupFile.Make(Group.Folder);
        prepare(Group.Folder);
    }

    /// <summary>Moves processes in until none is left outside; what is born inside stays inside.</summary>
    /// <param name="processes">Who is meant, asked again and again.</param>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    public void Fill(Func<IReadOnlyList<ProcessStat>> processes)
    {
        for (int pass = 0; pass < Passes; pass++)
        {
            HashSet<int> inside = [.. Group.ProcessesBelow];
            ProcessStat[] outside = [.. processes().Where(p => !inside.Contains(p.Pid))];
            if (outside.Length == 0) return;
            foreach (ProcessStat process in outside) GroupFile.Take(Group.Folder, process.Pid);
        }
    }
}
