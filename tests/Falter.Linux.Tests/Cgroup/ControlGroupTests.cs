using Falter.Linux.Cgroup;
using Falter.Linux.Features;

namespace Falter.Linux.Tests.Cgroup;

public class ControlGroupTests
{
    [Fact]
    public void A_process_is_in_the_group_that_the_kernel_names()
    {
        if (FeatureCatalogue.Cgroup2.WhyNot() is { } why) Assert.Skip(why);
        ControlGroup group = ControlGroup.OfProcess(Environment.ProcessId)!;
        Assert.StartsWith("/", group.Path);
        Assert.True(Directory.Exists(group.Folder), group.Folder);
        Assert.Contains(Environment.ProcessId, group.Processes);
    }

    [Fact]
    public void A_process_that_is_gone_is_in_none() => Assert.Null(ControlGroup.OfProcess(int.MaxValue));
}
