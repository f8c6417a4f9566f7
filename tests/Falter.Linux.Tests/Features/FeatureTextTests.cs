using Falter.Linux.Cgroup;
using Falter.Linux.Features;

namespace Falter.Linux.Tests.Features;

public class FeatureTextTests
{
    [Theory]
    [InlineData("6.1.0-32-amd64\n", 6, 1)]
    [InlineData("6.18.44-fc", 6, 18)]
    [InlineData("5.15-rc3", 5, 15)]
    [InlineData("7.0+", 7, 0)]
    [InlineData("nonsense", 0, 0)]
    public void A_release_has_a_major_and_a_minor_number(string release, int major, int minor) =>
        Assert.Equal(new Version(major, minor), KernelRelease.Parse(release));

    [Fact]
    public void The_effective_capabilities_are_read()
    {
        Assert.Equal(0x1fffeffffffUL, Privileges.ReadEffective(["Name:\tx", "CapInh:\t0000000000000000", "CapEff:\t000001fffeffffff"]));
        Assert.Equal(0UL, Privileges.ReadEffective(["Name:\tx"]));
    }

    [Fact]
    public void The_mount_of_the_unified_hierarchy_is_found_beside_the_old_ones()
    {
        string[] mounts =
        [
            "29 25 0:24 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755",
            "30 29 0:25 / /sys/fs/cgroup/cpu rw,relatime shared:7 - cgroup cgroup rw,cpu",
            "31 29 0:26 / /sys/fs/cgroup/unified rw,relatime shared:8 - cgroup2 cgroup2 rw",
        ];
        Assert.Equal(
            new Dictionary<ControlGroupHierarchy, string> { [ControlGroupHierarchy.Cpu] = "/sys/fs/cgroup/cpu", [ControlGroupHierarchy.Unified] = "/sys/fs/cgroup/unified" },
            ControlGroup.FindMounts(mounts));
        Assert.Empty(ControlGroup.FindMounts(mounts[..1]));
    }
}
