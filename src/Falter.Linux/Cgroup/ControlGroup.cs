using Falter.Linux.Interop;
using Falter.Linux.Proc;
using Falter.Records;

namespace Falter.Linux.Cgroup;

/// <summary>A control group: how containers and services are told apart.</summary>
/// <param name="Path">Its path below the hierarchy's root, as <c>/proc/PID/cgroup</c> names it: <c>/system.slice/nginx.service</c>.</param>
/// <param name="Folder">Where the hierarchy shows it to this process.</param>
/// <param name="Hierarchy">The hierarchy that it is in.</param>
public sealed record ControlGroup(string Path, string Folder, ControlGroupHierarchy Hierarchy = ControlGroupHierarchy.Unified)
{
    private const string MountTable = "/proc/self/mountinfo";

    /// <summary>Where the unified hierarchy is mounted; null where it is not.</summary>
    public static string? Mount => Mounts().GetValueOrDefault(ControlGroupHierarchy.Unified);

    /// <summary>The number that the kernel gave the group; null where it is gone. A group that is made anew has another one.</summary>
    public long? Id => Inode.Of(Folder);

    /// <summary>The processes that are directly in the group; none where it is gone.</summary>
    public IReadOnlyList<int> Processes => GroupFile.Processes(Folder);

    /// <summary>The processes that are in the group or in one below it.</summary>
    public IReadOnlyList<int> ProcessesBelow => !Directory.Exists(Folder) ? []
        : [.. Directory.EnumerateDirectories(Folder, "*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true }).Prepend(Folder).SelectMany(GroupFile.Processes)];

    /// <summary>Whether it is the outermost group of its hierarchy, as far as this process sees it.</summary>
    public bool IsRoot => Path.Trim('/').Length == 0;

    /// <summary>The processes that are in the group or in one below it; none where it is gone.</summary>
    public IReadOnlyList<int> AllProcesses => [.. Processes.Concat(Below().SelectMany(g => g.AllProcesses))];

    /// <summary>The unified hierarchy's group of a process; null where the process is gone or the hierarchy is not mounted.</summary>
    public static ControlGroup? OfProcess(int pid) => OfProcess(pid, ControlGroupHierarchy.Unified);

    /// <summary>A process's group in one hierarchy; null where the process is gone or the hierarchy is not mounted.</summary>
    public static ControlGroup? OfProcess(int pid, ControlGroupHierarchy hierarchy) => AllOfProcess(pid).FirstOrDefault(g => g.Hierarchy == hierarchy);

    /// <summary>The hierarchy that has a controller; null where none has. The kernel gives each controller to one hierarchy.</summary>
    /// <param name="controller">Its name in version 2: <c>memory</c>.</param>
    public static ControlGroupHierarchy? HierarchyWith(string controller)
    {
        Dictionary<ControlGroupHierarchy, string> mounts = Mounts();
        if (mounts.TryGetValue(ControlGroupHierarchy.Unified, out string? unified) && GroupFile.Words(unified, "cgroup.controllers").Contains(controller)) return ControlGroupHierarchy.Unified;
        return HierarchyOf(controller) is { } own && mounts.ContainsKey(own) ? own : null;
    }

    /// <summary>A group directly below this one, there or not.</summary>
    public ControlGroup Child(string name) => new($"{Path.TrimEnd('/')}/{name}", System.IO.Path.Join(Folder, name), Hierarchy);

    /// <summary>The group that this one is in. Not for the root.</summary>
    public ControlGroup Parent => new(System.IO.Path.GetDirectoryName(Path)!, System.IO.Path.GetDirectoryName(Folder)!, Hierarchy);

    /// <summary>The outermost group around a process whose name holds this text, in the first hierarchy that has one; null where there is none, or no process.</summary>
    public static ControlGroup? OfProcessNamed(int pid, string text)
    {
        foreach (ControlGroup group in AllOfProcess(pid))
        {
            int found = group.Path.IndexOf(text, StringComparison.Ordinal);
            if (found < 0) continue;
            int end = group.Path.IndexOf('/', found);
            string path = end < 0 ? group.Path : group.Path[..end];
            return new ControlGroup(path, group.Folder[..(group.Folder.Length - group.Path.TrimEnd('/').Length + path.Length)], group.Hierarchy);
        }
        return null;
    }

    /// <summary>Whether a process is in the group or in one below it.</summary>
    public bool Holds(int pid) => AllOfProcess(pid).Any(g => g.Hierarchy == Hierarchy && (g.Path == Path || g.Path.StartsWith(Path.TrimEnd('/') + "/", StringComparison.Ordinal)));

    /// <summary>The group that the user named by its folder, or by its path in the unified or any other hierarchy.</summary>
    /// <exception cref="FalterException"><c>target-not-found</c>: there is no such group. <c>target-refused</c>: it is a hierarchy's root.</exception>
    public static ControlGroup Find(string text)
    {
        Dictionary<ControlGroupHierarchy, string> mounts = Mounts();
        string asked = "/" + text.Trim('/');
        foreach ((ControlGroupHierarchy hierarchy, string mount) in mounts.OrderBy(m => m.Key))
        {
            bool isFolder = asked == mount || asked.StartsWith(mount + "/", StringComparison.Ordinal);
            string path = isFolder ? asked[mount.Length..] : asked, folder = mount + path;
            if (!File.Exists(System.IO.Path.Join(folder, "cgroup.procs"))) continue;
            if (path.Trim('/').Length == 0) throw FalterException.Usage("target-refused", $"--cgroup {text}: that is the root, which holds every process; name a group below it, or give --all");
            return new ControlGroup(path, folder, hierarchy);
        }
        string where = mounts.TryGetValue(ControlGroupHierarchy.Unified, out string? unified) ? $"; the groups are the folders below {unified}" : "";
        throw FalterException.Usage("target-not-found", $"--cgroup {text}: no such control group{where}, for example /system.slice/nginx.service");
    }

    /// <summary>Groups anywhere in any hierarchy whose name holds this text: an engine puts a container's id into its group's name.</summary>
    public static IEnumerable<ControlGroup> Search(string text)
    {
        foreach ((ControlGroupHierarchy hierarchy, string mount) in Mounts().OrderBy(m => m.Key))
        {
            foreach (string folder in Directory.EnumerateDirectories(mount, $"*{text}*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true }))
            {
                yield return new ControlGroup(folder[mount.Length..], folder, hierarchy);
            }
        }
    }

    /// <summary>
    /// The mount points in <c>/proc/self/mountinfo</c>: <c>30 24 0:26 / /sys/fs/cgroup rw,… shared:4 - cgroup2 cgroup2 rw</c>. The fifth field is the
    /// mount point; after the lone dash come the file system's type, its source, and for version 1 the controllers among the options (proc(5)).
    /// </summary>
    internal static Dictionary<ControlGroupHierarchy, string> FindMounts(IEnumerable<string> mountinfo)
    {
        var found = new Dictionary<ControlGroupHierarchy, string>();
        foreach (string line in mountinfo)
        {
            int dash = line.IndexOf(" - cgroup", StringComparison.Ordinal);
            if (dash < 0) continue;
            string[] kind = line[(dash + 3)..].Split(' ');
            string mount = line.Split(' ')[4];
            if (kind[0] == "cgroup2") found.TryAdd(ControlGroupHierarchy.Unified, mount);
            foreach (string option in kind[^1].Split(','))
            {
                if (kind[0] == "cgroup" && HierarchyOf(option) is { } hierarchy) found.TryAdd(hierarchy, mount);
            }
        }
        return found;
    }

    private IEnumerable<ControlGroup> Below()
    {
        try
        {
            return [.. Directory.EnumerateDirectories(Folder).Select(f => this with { Path = Path.TrimEnd('/') + f[Folder.Length..], Folder = f })];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    private static Dictionary<ControlGroupHierarchy, string> Mounts() => FindMounts(File.ReadLines(MountTable));

    private static ControlGroupHierarchy? HierarchyOf(string controller) => controller switch
    {
        "pids" => ControlGroupHierarchy.Pids,
        "memory" => ControlGroupHierarchy.Memory,
        "freezer" => ControlGroupHierarchy.Freezer,
        "cpu" => ControlGroupHierarchy.Cpu,
        _ => null,
    };

    /// <summary>Lines like <c>0::/system.slice/nginx.service</c> or <c>4:cpu,cpuacct:/docker/…</c> (cgroups(7)); the path may hold colons.</summary>
    private static IEnumerable<ControlGroup> AllOfProcess(int pid)
    {
        if (ProcFile.Read($"/proc/{pid}/cgroup") is not { } text) return [];
        Dictionary<ControlGroupHierarchy, string> mounts = Mounts();
        var groups = new List<ControlGroup>();
        foreach (string[] field in text.Split('\n').Select(l => l.Split(':', 3)).Where(f => f.Length == 3))
        {
            foreach (string controller in field[1].Split(','))
            {
                ControlGroupHierarchy? hierarchy = field[0] == "0" ? ControlGroupHierarchy.Unified : HierarchyOf(controller);
                if (hierarchy is { } known && mounts.TryGetValue(known, out string? mount)) groups.Add(new ControlGroup(field[2], System.IO.Path.Join(mount, field[2].TrimEnd('/')), known));
            }
        }
        return groups.OrderBy(g => g.Hierarchy);
    }
}
