namespace Falter.EndToEnd.Tests;

/// <summary>Killing Falter at any moment leaves the target working, and nothing behind.</summary>
public class KillTests
{
    private const string Rule = "openat,newfstatat,accept4,recvfrom:error=EMFILE:rate=20%";

    [Fact]
    public async Task A_launched_nginx_serves_on_when_falter_is_killed_while_it_injects()
    {
        Needs.Root();
        using RealServer nginx = RealServer.Nginx();
        using FalterProcess falter = FalterProcess.Start(["inject", Rule, "-d", "60s", "--ready", nginx.Url, "--", .. nginx.Command]);
        int keeper = 0;
        try
        {
            await falter.SaysAsync("armed");
            keeper = Assert.Single(Shell.ChildrenOf(falter.Pid, "keeper"));
            Assert.NotEqual(0, await nginx.FailuresOfAsync(50));
            falter.Signal("KILL");
            await falter.DiesAsync();
            Assert.Equal(0, await nginx.FailuresOfAsync(100));
        }
        finally
        {
            foreach ((int pid, string commandLine) in Shell.ProcessesWith(nginx.Folder))
            {
                if (!commandLine.Contains(" inject ", StringComparison.Ordinal)) Shell.Run("kill", "-TERM", pid.ToString());
            }
        }
        Assert.True(await Shell.UntilAsync(() => !Shell.IsRunning(keeper), TimeSpan.FromSeconds(5)), "the keeper outlives its target");
        Assert.Empty(Shell.ProcessesWith(nginx.Folder));
    }

    [Fact]
    public async Task An_attached_nginx_serves_on_when_falter_is_killed_while_it_injects()
    {
        Needs.Root();
        using RealServer nginx = RealServer.Nginx();
        await nginx.StartAsync();
        using FalterProcess falter = FalterProcess.Start("inject", Rule, "-d", "60s", "-p", nginx.Pid.ToString());
        await falter.SaysAsync("armed");
        Assert.Empty(Shell.ChildrenOf(falter.Pid, "keeper"));
        Assert.NotEqual(0, await nginx.FailuresOfAsync(50));
        falter.Signal("KILL");
        await falter.DiesAsync();
        Assert.Equal(0, await nginx.FailuresOfAsync(100));
        Assert.Contains("TracerPid:\t0", await File.ReadAllTextAsync($"/proc/{nginx.Pid}/status"));
    }
}
