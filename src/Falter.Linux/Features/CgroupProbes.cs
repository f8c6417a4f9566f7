using Falter.Linux.Cgroup;

namespace Falter.Linux.Features;

/// <summary>Probes of the unified control-group hierarchy.</summary>
internal static class CgroupProbes
{
    public static FeatureResult Version2() =>
        ControlGroup.Mount is { } mount ? FeatureResult.Found(mount) : FeatureResult.Missing("no cgroup2 file system is mounted");

    /// <summary>Every group but the root has the file; where there is only the root, one is made and removed.</summary>
    public static FeatureResult Freezer() =>
        ControlGroup.Mount is { } mount && Directory.EnumerateDirectories(mount).FirstOrDefault() is { } group ? Judge(group) : InOwnGroup(Judge);

    /// <summary>Attaches a program that fails <c>connect</c> to an empty group of its own.</summary>
    public static FeatureResult Programs() => InOwnGroup(BpfProbes.CgroupConnect);

    private static FeatureResult InOwnGroup(Func<string, FeatureResult> probe)
    {
        if (ControlGroup.Mount is not { } mount) return FeatureResult.Missing("no cgroup2 file system is mounted");
        string group = Path.Combine(mount, $"falter-probe-{Environment.ProcessId}-{Environment.CurrentManagedThreadId}");
        try
        {
            Directory.CreateDirectory(group);
            try
            {
                return probe(group);
            }
            finally
            {
                // rmdir alone: the files of a control group cannot be removed one by one.
                Directory.Delete(group);
            }
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            return FeatureResult.CouldNotTell(Privileges.IsRoot ? e.Message : "needs root to make a control group");
        }
    }

    private static FeatureResult Judge(string group) =>
        File.Exists(Path.Combine(group, "cgroup.freeze")) ? FeatureResult.Found() : FeatureResult.Missing("control groups have no cgroup.freeze");
}
