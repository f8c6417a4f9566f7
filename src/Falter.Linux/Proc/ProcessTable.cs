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

    /// <summary>The file that a process executes, as it was named when it was executed; null where the process is gone, a kernel thread's, or somebody else's.</summary>
    public static string? Program(int pid)
    {
        try
        {
            return File.ResolveLinkTarget($"/proc/{pid}/exe", returnFinalTarget: false)?.FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Whether there is a process or thread with this id, ended or not.</summary>
    public static bool Exists(int id) => Directory.Exists($"/proc/{id}");

    /// <summary>Whether a process belongs to this process's user. False where it is gone.</summary>
    public static bool IsOwn(int pid) => ProcessStatus.Read(pid)?.UserId is { } user && user == ProcessStatus.Read(Environment.ProcessId)?.UserId;

    /// <summary>Whether the process was started with this variable (<c>NAME=value</c>). False where it is gone or belongs to somebody else.</summary>
    public static bool HasVariable(int pid, string variable) =>
        ProcFile.Read($"/proc/{pid}/environ") is { } text && $"\0{text}".Contains($"\0{variable}\0", StringComparison.Ordinal);

    /// <summary>The value that the process was started with of a variable; null where it has none, is gone or belongs to somebody else.</summary>
    public static string? Variable(int pid, string name) =>
        ProcFile.Read($"/proc/{pid}/environ")?.Split('\0').FirstOrDefault(v => v.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..];

    /// <summary>The processes given and all that descend from them, those that have ended left out.</summary>
    public static IReadOnlyList<ProcessStat> WithDescendants(IReadOnlyCollection<int> pids) =>
        [.. pids.Select(ProcessStat.Read).OfType<ProcessStat>().Concat(Descendants(pids)).Where(p => !p.HasEnded)];

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
