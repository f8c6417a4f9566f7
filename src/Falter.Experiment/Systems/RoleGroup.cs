using Falter.Linux.Cgroup;
using Falter.Linux.Undo;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>The control group of a role that shares its network with others: what tells its packets from theirs. It outlives the role's processes, which are put into it one after another.</summary>
internal sealed class RoleGroup : IDisposable
{
    private readonly UndoJournal _journal;
    private readonly RemoveGroup _step;

    /// <exception cref="FalterException"><c>feature-missing</c>: groups of version 2 cannot be made here.</exception>
    public RoleGroup(UndoJournal journal)
    {
        _journal = journal;
        ControlGroup home = ControlGroup.OfProcess(Environment.ProcessId) ?? throw FalterException.Cannot("feature-missing",
            "the unified hierarchy of control groups is not mounted here, and only a group tells the packets of a role from those of others; mount it (mount -t cgroup2 none /mnt), or take network: private");
        Group = home.Child(OwnedName.New());
        _step = new RemoveGroup(Group.Folder, home.Folder, []);
        journal.Add(_step);
        GroupFile.Make(Group.Folder);
    }

    public ControlGroup Group { get; }

    /// <summary>Puts a process in, before it has made any socket.</summary>
    public void Take(int pid) => GroupFile.Take(Group.Folder, pid);

    public void Dispose() => _journal.Undo(_step);
}
