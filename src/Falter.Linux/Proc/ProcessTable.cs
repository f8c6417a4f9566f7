namespace Falter.Linux.Proc;

/// <summary>The processes of this pid namespace, at the moment of asking.</summary>
public static class ProcessTable
{
    /// <summary>All process ids.</summary>
    public static IReadOnlyList<int> Pids() => ProcFile.Numbers("/proc");

    /// <summary>All processes that did not end while they were read.</summary>
    public static IEnumerable<ProcessStat> All() => Pids().Select(ProcessStat.Read).OfType<ProcessStat>();

    /// <summary>The ids of a process's threads; empty where it does not exist.</summary>
    public static IReadOnlyList<int> Threads(int pid) => ProcFile.Numbers($"/proc/{pid}/task");

    /// <summary>The arguments of a process, its program first; null where it does not exist, empty for kernel threads and ended processes.</summary>
    public static IReadOnlyList<string>? CommandLine(int pid) =>
        ProcFile.Read($"/proc/{pid}/cmdline") is { } text ? text.TrimEnd('\0') is { Length: > 0 } line ? line.Split('\0') : [] : null;

    /// <summary>
    /// The processes that descend from any of those given, without these. A process whose parent has ended no longer counts as a descendant of its
    /// grandparent: the kernel keeps no record of it.
    /// </summary>
    public static IReadOnlyList<ProcessStat> Descendants(IEnumerable<int> pids)
    {
        ILookup<int, ProcessStat> children = All().ToLookup(p => p.ParentPid);
        var seen = new HashSet<int>(pids);
        var waiting = new Queue<int>(seen);
        var found = new List<ProcessStat>();
        while (waiting.TryDequeue(out int parent))
        {
            foreach (ProcessStat child in children[parent])
            {
                if (!seen.Add(child.Pid)) continue;
                found.Add(child);
                waiting.Enqueue(child.Pid);
            }
        }
        return found;
    }
}
