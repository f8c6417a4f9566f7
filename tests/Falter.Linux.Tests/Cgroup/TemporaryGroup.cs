using System.Globalization;
using Falter.Linux.Cgroup;

namespace Falter.Linux.Tests.Cgroup;

/// <summary>A control group of the test's own, removed at the end; the test is skipped where none can be made.</summary>
internal sealed class TemporaryGroup : IDisposable
{
    private TemporaryGroup(ControlGroup group) => Group = group;

    public ControlGroup Group { get; }

    public static TemporaryGroup Make(ControlGroupHierarchy hierarchy)
    {
        string name = $"falter-test-{Guid.NewGuid():N}";
        if (!ControlGroup.FindMounts(File.ReadLines("/proc/self/mountinfo")).TryGetValue(hierarchy, out string? mount)) Assert.Skip($"no hierarchy of control groups: {hierarchy}");
        string folder = Path.Combine(mount!, name);
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Assert.Skip($"no control group can be made: {e.Message}");
        }
        return new TemporaryGroup(new ControlGroup("/" + name, folder, hierarchy));
    }

    /// <summary>Moves a process into the group.</summary>
    public void Take(int pid) => File.WriteAllText(Path.Combine(Group.Folder, "cgroup.procs"), pid.ToString(CultureInfo.InvariantCulture));

    /// <summary>Only its own processes are in it, and they have ended; the kernel takes a moment to let go of them.</summary>
    public void Dispose() => Assert.True(SpinWait.SpinUntil(TryRemove, TimeSpan.FromSeconds(20)), $"{Group.Folder} cannot be removed");

    private bool TryRemove()
    {
        try
        {
            Directory.Delete(Group.Folder);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
