using System.Text.Json.Serialization;
using Falter.Linux.Cgroup;
using Falter.Linux.Proc;

namespace Falter.Linux.Undo;

/// <summary>A process that Falter moved into a group of its own making.</summary>
/// <param name="Pid">Its number.</param>
/// <param name="StartTicks">When it started.</param>
/// <param name="From">The folder of the group that it was in.</param>
public sealed record MovedProcess(int Pid, long StartTicks, string From);

/// <summary>Moves the processes of a group that Falter made back to where they came from, and removes the group.</summary>
/// <param name="Folder">Where the hierarchy shows the group.</param>
/// <param name="Home">The folder of the group for processes whose former group is gone, and for those born inside whose parent is unknown.</param>
/// <param name="Moved">What was moved into it.</param>
public sealed record RemoveGroup(string Folder, string Home, IReadOnlyList<MovedProcess> Moved) : UndoStep
{
    // The kernel takes a moment to let go of processes that have ended; together well below the second that an undo may take.
    private const int Attempts = 50;
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(10);

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Effect => $"the control group {Folder} is there, with {GroupFile.Processes(Folder).Count} processes";

    /// <inheritdoc/>
    [JsonIgnore]
    public override string ByHand => $"for p in $(cat {Folder}/cgroup.procs); do echo $p > {Home}/cgroup.procs; done; rmdir {Folder}";

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool IsNeeded => Directory.Exists(Folder);

    /// <inheritdoc/>
    public override void Undo()
    {
        for (int attempt = 1; IsNeeded; attempt++)
        {
            // Again and again: a process that is being moved may have a child that is born in the group.
            foreach (int pid in GroupFile.Processes(Folder)) MoveBack(pid);
            if (GroupFile.TryRemove(Folder, mayBeBusy: attempt < Attempts)) return;
            Thread.Sleep(s_pause);
        }
    }

    private void MoveBack(int pid)
    {
        string former = FormerGroup(pid);
        if (former != Home && !Directory.Exists(former)) former = Home;
        GroupFile.Take(former, pid);
    }

    /// <summary>A child that was born in the group belongs where its parent came from.</summary>
    private string FormerGroup(int pid)
    {
        for (ProcessStat? process = ProcessStat.Read(pid); process is { Pid: > 1 }; process = ProcessStat.Read(process.ParentPid))
        {
            if (Moved.FirstOrDefault(m => m.Pid == process.Pid && m.StartTicks == process.StartTicks) is { } moved) return moved.From;
        }
        return Home;
    }
}
