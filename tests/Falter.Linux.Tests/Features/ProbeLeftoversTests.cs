using Falter.Linux.Cgroup;
using Falter.Linux.Features;

namespace Falter.Linux.Tests.Features;

/// <summary>Counts the process's own descriptors, so nothing else may run in it meanwhile.</summary>
[CollectionDefinition(nameof(ProbeLeftoversTests), DisableParallelization = true)]
[Collection(nameof(ProbeLeftoversTests))]
public class ProbeLeftoversTests
{
    [Fact]
    public void Probing_leaves_no_descriptor_thread_or_control_group_behind()
    {
        // The first round loads libraries and starts the run time's own helpers, which stay.
        ProbeEverything();
        int before = CountKernelObjects();
        ProbeEverything();
        Assert.Equal(before, CountKernelObjects());
        Assert.DoesNotContain(Directory.GetDirectories("/proc/self/task"), t => ReadName(t) is "seccomp probe" or "namespace probe");
        if (ControlGroup.Mount is { } mount) Assert.Empty(Directory.GetDirectories(mount, "falter-probe-*"));
    }

    private static void ProbeEverything()
    {
        foreach (Feature feature in FeatureCatalogue.All) feature.ProbeAgain();
    }

    /// <summary>Descriptors of programs, maps, types, listeners, processes and netlink: what the probes open.</summary>
    private static int CountKernelObjects()
    {
        string[] kinds = ["bpf", "btf", "seccomp", "pidfd", "socket:"];
        return Directory.GetFileSystemEntries("/proc/self/fd").Select(TargetOf).Count(t => kinds.Any(k => t.Contains(k, StringComparison.Ordinal)));
    }

    private static string TargetOf(string descriptor)
    {
        try
        {
            return new FileInfo(descriptor).LinkTarget ?? "";
        }
        catch (IOException)
        {
            return ""; // the descriptor of the listing itself
        }
    }

    private static string ReadName(string task)
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, "comm")).Trim();
        }
        catch (IOException)
        {
            return ""; // ended meanwhile
        }
    }
}
