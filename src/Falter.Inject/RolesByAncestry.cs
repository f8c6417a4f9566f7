using Falter.Linux.Proc;

namespace Falter.Inject;

/// <summary>The roles of processes: each root has one, and a descendant has that of its nearest ancestor which has one. Not thread-safe.</summary>
public sealed class RolesByAncestry
{
    private readonly Dictionary<int, string?> _roles = [];

    /// <param name="roots">Role by process id.</param>
    public RolesByAncestry(IEnumerable<KeyValuePair<int, string>> roots)
    {
        foreach ((int pid, string role) in roots) _roles[pid] = role;
    }

    /// <summary>Roots whose roles are the names that they have now.</summary>
    public static RolesByAncestry Named(IReadOnlyList<int> roots) =>
        new(roots.Select(ProcessStat.Read).OfType<ProcessStat>().Select(p => KeyValuePair.Create(p.Pid, p.Name)));

    /// <summary>The role of a process; null where no ancestor has one, or its ancestors are gone.</summary>
    public string? Of(int pid)
    {
        if (_roles.TryGetValue(pid, out string? known)) return known;
        int parent = ProcessStat.Read(pid)?.ParentPid ?? 0;
        return _roles[pid] = parent > 1 ? Of(parent) : null;
    }
}
