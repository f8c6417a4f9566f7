using System.Globalization;
using Falter.Linux.Proc;

namespace Falter.Linux.Cgroup;

/// <summary>A group of the unified control-group hierarchy (cgroup v2, Linux 4.5): how containers and services are told apart.</summary>
/// <param name="Path">Its path below the hierarchy's root, as <c>/proc/PID/cgroup</c> names it: <c>/system.slice/nginx.service</c>.</param>
/// <param name="Folder">Where the hierarchy shows it to this process.</param>
public sealed record ControlGroup(string Path, string Folder)
{
    /// <summary>Where the hierarchy is mounted; null where it is not.</summary>
    public static string? Mount => FindMount(File.ReadLines("/proc/self/mountinfo"));

    /// <summary>The group of a process; null where the process is gone or the hierarchy is not mounted.</summary>
    public static ControlGroup? OfProcess(int pid)
    {
        if (Mount is not { } mount || ProcFile.Read($"/proc/{pid}/cgroup") is not { } text) return null;
        // Hierarchy 0 is the unified one: "0::/system.slice/nginx.service" (cgroups(7)). Its path may hold colons.
        string? path = text.Split('\n').Where(l => l.StartsWith("0::", StringComparison.Ordinal)).Select(l => l[3..]).FirstOrDefault();
        return path is null ? null : new ControlGroup(path, System.IO.Path.Join(mount, path.TrimEnd('/')));
    }

    /// <summary>The processes that are directly in the group; none where it is gone.</summary>
    public IReadOnlyList<int> Processes =>
        [.. (ProcFile.Read(System.IO.Path.Join(Folder, "cgroup.procs")) ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => int.Parse(l, CultureInfo.InvariantCulture)).Where(p => p > 0)];

    /// <summary>
    /// The mount point of the first cgroup2 line: <c>30 24 0:26 / /sys/fs/cgroup rw,… shared:4 - cgroup2 cgroup2 rw</c>. The fifth field is the
    /// mount point; the file system's type follows the lone dash (proc(5)).
    /// </summary>
    internal static string? FindMount(IEnumerable<string> mountinfo) =>
        mountinfo.Where(l => l.Contains(" - cgroup2 ", StringComparison.Ordinal)).Select(l => l.Split(' ')[4]).FirstOrDefault();
}
