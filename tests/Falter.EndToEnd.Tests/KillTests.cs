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
        using FalterProcess falter = FalterProcess.Start(["inject", Rule, "-d", "60s", "--", .. nginx.Command]);
        int[] left = [];
        try
        {
            Assert.True(await Shell.UntilAsync(nginx.TakesConnections, TimeSpan.FromSeconds(20)), falter.Talk);
            await nginx.FailuresOfAsync(30);
            falter.Signal("KILL");
            await falter.EndAsync(TimeSpan.FromSeconds(5));
            Assert.Equal(0, await nginx.FailuresOfAsync(100));
        }
        finally
        {
            left = [.. Shell.ProcessesWith(nginx.Folder).Where(p => !p.CommandLine.Contains("falter inject", StringComparison.Ordinal)).Select(p => p.Pid)];
            foreach (int pid in left) Shell.Run("kill", "-TERM", pid.ToString());
        }
        Assert.True(await Shell.UntilAsync(() => Keepers().Count == 0, TimeSpan.FromSeconds(5)), "a keeper outlives its target");
    }

    [Fact]
    public async Task An_attached_nginx_serves_on_when_falter_is_killed_while_it_injects()
    {
        Needs.Root();
        using RealServer nginx = RealServer.Nginx();
        await nginx.StartAsync();
        using FalterProcess falter = FalterProcess.Start("inject", Rule, "-d", "60s", "-p", nginx.Pid.ToString());
        await falter.SaysAsync("armed");
        await nginx.FailuresOfAsync(30);
        falter.Signal("KILL");
        await falter.EndAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(0, await nginx.FailuresOfAsync(100));
        Assert.Contains("TracerPid:\t0", await File.ReadAllTextAsync($"/proc/{nginx.Pid}/status"));
        Assert.Empty(Keepers());
    }

    private static IReadOnlyList<(int Pid, string CommandLine)> Keepers() => Shell.ProcessesWith($"{Path.GetFileName(FalterProcess.Executable)} keeper");
}
