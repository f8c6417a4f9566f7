using Falter.Linux.Proc;

namespace Falter.Experiment;

/// <summary>Which process belongs to which role, at a moment that is at most 100 ms ago: probes ask often, and a look at all processes of the machine takes some milliseconds.</summary>
internal sealed class RoleTree(IReadOnlyList<RunningRole> roles)
{
    private static readonly TimeSpan s_freshness = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private ILookup<string, int> _pids = Enumerable.Empty<int>().ToLookup(_ => "");
    private Dictionary<(int Pid, long Start), string> _known = [];
    private long _at = long.MinValue;

    /// <summary>The processes of a role, descendants included.</summary>
    public IReadOnlyList<int> PidsOf(string role)
    {
        lock (_lock)
        {
            if (_at == long.MinValue || Environment.TickCount64 - _at >= s_freshness.TotalMilliseconds) Look();
            return [.. _pids[role].Order()];
        }
    }

    /// <summary>The role of a process at this very moment; null where it has none.</summary>
    public string? RoleOf(int pid)
    {
        Dictionary<int, string> roots = Roots();
        for (ProcessStat? process = ProcessStat.Read(pid); process is { Pid: > 1 } && process.Pid != Environment.ProcessId; process = ProcessStat.Read(process.ParentPid))
        {
            if (roots.TryGetValue(process.Pid, out string? role)) return role;
            if (process.ParentPid == Environment.ProcessId || process.ParentPid <= 1) return OwnerOf(process);
        }
        return null;
    }

    private void Look()
    {
        Dictionary<int, ProcessStat> all = ProcessTable.All().Where(p => !p.HasEnded).ToDictionary(p => p.Pid);
        var found = new Dictionary<int, string?>();
        foreach ((int pid, string role) in Roots()) found[pid] = role;
        foreach (int pid in all.Keys) Find(pid, all, found);
        _pids = found.Where(f => f.Value is not null && all.ContainsKey(f.Key)).ToLookup(f => f.Value!, f => f.Key);
        _known = found.Where(f => f.Value is not null && all.ContainsKey(f.Key)).ToDictionary(f => (f.Key, all[f.Key].StartTicks), f => f.Value!);
        _at = Environment.TickCount64;
    }

    private string? Find(int pid, Dictionary<int, ProcessStat> all, Dictionary<int, string?> found)
    {
        if (found.TryGetValue(pid, out string? known)) return known;
        if (pid <= 1 || pid == Environment.ProcessId || !all.TryGetValue(pid, out ProcessStat? process)) return found[pid] = null;
        // Written first: where processes changed while they were read, parents may stand in a circle.
        found[pid] = null;
        return found[pid] = _known.GetValueOrDefault((pid, process.StartTicks)) ?? Find(process.ParentPid, all, found) ?? OrphanOwner(process);
    }

    private string? OrphanOwner(ProcessStat process) => process.ParentPid <= 1 || process.ParentPid == Environment.ProcessId ? OwnerOf(process) : null;

    /// <summary>What a daemon's parent has left behind: a child of Falter, which takes the orphans of what it launches.</summary>
    private string? OwnerOf(ProcessStat orphan) => roles.FirstOrDefault(r => r.OwnsOrphan(orphan))?.Name;

    private Dictionary<int, string> Roots()
    {
        var roots = new Dictionary<int, string>();
        foreach (RunningRole role in roles)
        {
            foreach (int root in role.Roots) roots[root] = role.Name;
        }
        return roots;
    }
}
