using System.Globalization;
using Falter.Linux.Launch;

namespace Falter.Linux.Ptrace;

/// <summary>What a tracer must know of processes before it attaches.</summary>
public static class TaskList
{
    // include/linux/sched.h
    private const long PF_KTHREAD = 0x00200000;

    /// <summary>Whether there is a process or thread of this number.</summary>
    public static bool Exists(int tid) => Directory.Exists($"/proc/{tid}");

    /// <summary>The threads of a process; empty where it is gone.</summary>
    public static IReadOnlyList<int> ThreadsOf(int pid)
    {
        try
        {
            return [.. Directory.EnumerateDirectories($"/proc/{pid}/task").Select(d => int.Parse(Path.GetFileName(d.AsSpan()), NumberStyles.None))];
        }
        catch (IOException)
        {
            return [];
        }
    }

    /// <summary>The processes and all that descend from them, as far as they live now.</summary>
    public static IReadOnlyList<int> WithDescendants(IEnumerable<int> pids)
    {
        IReadOnlyList<ProcessEntry> all = ProcessTable.All();
        var members = new HashSet<int>(pids);
        int known;
        do
        {
            known = members.Count;
            members.UnionWith(all.Where(p => members.Contains(p.Parent)).Select(p => p.Pid));
        }
        while (members.Count > known);
        return [.. all.Where(p => !p.IsZombie && members.Contains(p.Pid)).Select(p => p.Pid)];
    }

    /// <summary>Whether the process has ended and only waits for its parent to notice, or is gone.</summary>
    public static bool HasEnded(int pid) => ProcessEntry.Read(pid) is not { IsZombie: false };

    /// <summary>Whether the number is that of a thread of the kernel.</summary>
    public static bool IsKernelThread(int pid) => ProcessEntry.Read(pid) is { } entry && (entry.Flags & PF_KTHREAD) != 0;

    /// <summary>The process that a thread belongs to; null where it is gone.</summary>
    public static int? ProcessOf(int tid) => StatusField(tid, "Tgid:");

    /// <summary>Who traces the thread; 0 for nobody, null where it is gone.</summary>
    public static int? TracerOf(int tid) => StatusField(tid, "TracerPid:");

    /// <summary>The name of a process or thread; empty where it is gone.</summary>
    public static string NameOf(int tid)
    {
        try
        {
            return File.ReadAllText($"/proc/{tid}/comm").TrimEnd('\n');
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static int? StatusField(int tid, string field)
    {
        try
        {
            string? line = File.ReadLines($"/proc/{tid}/status").FirstOrDefault(l => l.StartsWith(field, StringComparison.Ordinal));
            return line is null ? null : int.Parse(line.AsSpan(field.Length).Trim(), NumberStyles.None);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
