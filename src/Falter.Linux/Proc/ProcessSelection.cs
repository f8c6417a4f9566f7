using Falter.Linux.Cgroup;

namespace Falter.Linux.Proc;

/// <summary>Which processes are the target: those that match every selector that is given here, and (where they are followed) their descendants.</summary>
public sealed record ProcessSelection
{
    /// <summary>Names, groups and exceptions that can be given at most, each (<c>FALTER_MOST_SELECTED</c> in bpf/wire.h).</summary>
    public const int MostOfAKind = 1024;

    /// <summary>Nothing but processes given by their id or launched, and their descendants.</summary>
    public static readonly ProcessSelection RootsOnly = new() { Roots = true };

    /// <summary>Only processes that are given by their id or launched, or descend from one. Default: no.</summary>
    public bool Roots { get; init; }

    /// <summary>Only processes with one of these as command name or as file name of their program; none: any name.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>Only processes in one of these groups or below; none: any group.</summary>
    public IReadOnlyList<ControlGroup> Groups { get; init; } = [];

    /// <summary>Never these names, nor these processes.</summary>
    public IReadOnlyList<string> ExceptNames { get; init; } = [];
    public IReadOnlyList<int> ExceptPids { get; init; } = [];

    /// <summary>Whether nothing is asked but to descend from a root.</summary>
    public bool IsRootsOnly => Roots && Names.Count + Groups.Count + ExceptNames.Count + ExceptPids.Count == 0;

    /// <summary>
    /// The processes that match now, but for those that descend from others that match, and the exceptions. Falter itself, the first process and the
    /// kernel's threads are never among them.
    /// </summary>
    /// <param name="roots">Only these and their descendants; empty for all.</param>
    public IReadOnlyList<int> RunningRoots(IReadOnlyCollection<int> roots)
    {
        IEnumerable<ProcessStat> candidates = roots.Count > 0 ? ProcessTable.WithDescendants(roots) : ProcessTable.All();
        int[] matching = [.. candidates.Where(p => !p.HasEnded && !p.IsKernelThread && p.Pid != 1 && p.Pid != Environment.ProcessId && IsMatch(p)).Select(p => p.Pid)];
        return [.. matching.Except(ProcessTable.Descendants(matching).Select(p => p.Pid))];
    }

    private bool IsMatch(ProcessStat process)
    {
        if (ExceptPids.Contains(process.Pid)) return false;
        string[] names = [process.Name, Path.GetFileName(ProcessTable.Program(process.Pid) ?? "")];
        if (ExceptNames.Intersect(names).Any() || (Names.Count > 0 && !Names.Intersect(names).Any())) return false;
        return Groups.Count == 0 || Groups.Any(g => g.Holds(process.Pid));
    }
}
