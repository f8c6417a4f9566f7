namespace Falter.EndToEnd.Tests;

/// <summary>Assessments that cannot be brought to their end.</summary>
public class EndedEarlyTests
{
    [Fact]
    public async Task A_killed_assessment_leaves_its_server_answering_and_its_run_folder_readable()
    {
        Needs.Root();
        using RealServer server = RealServer.Answers("degrades");
        string folder = Directory.CreateTempSubdirectory("falter-test-run-").FullName;
        using FalterProcess falter = FalterProcess.Start(["assess", "--check", server.Url, "--workload", server.Url, "--observe", "2s", "--interval", "500ms", "--warm-up", "300ms",
            "--baseline", "1s", "--inject", "60s", "--max-models", "1", "-o", folder, "--", .. server.Command]);
        int keeper = 0;
        try
        {
            await falter.SaysAsync("inject 1/");
            keeper = Assert.Single(Shell.ChildrenOf(falter.Pid, "keeper"));
            // The phase is told before its faults are armed.
            Assert.True(await Shell.UntilAsync(() => server.FailuresOfAsync(20).Result > 0, TimeSpan.FromSeconds(10)), falter.Talk);
            falter.Signal("KILL");
            await falter.DiesAsync();
            Assert.Equal(0, await server.FailuresOfAsync(50));
            await TellsAsync(folder);
        }
        finally
        {
            foreach ((int pid, string commandLine) in Shell.ProcessesWith(server.Folder))
            {
                if (!commandLine.Contains(" assess ", StringComparison.Ordinal)) Shell.Run("kill", "-TERM", pid.ToString());
            }
            Directory.Delete(folder, recursive: true);
        }
        Assert.True(await Shell.UntilAsync(() => !Shell.IsRunning(keeper), TimeSpan.FromSeconds(5)), "the keeper outlives its target");
    }

    [Fact]
    public async Task A_run_folder_that_takes_no_line_any_more_ends_the_run_and_stops_the_server()
    {
        Needs.Root();
        using RealServer server = RealServer.Answers("copes");
        string folder = Directory.CreateTempSubdirectory("falter-test-run-").FullName;
        try
        {
            // Every write to this device ends in ENOSPC, as on a full disk.
            File.CreateSymbolicLink(Path.Combine(folder, "checks.jsonl"), "/dev/full");
            FalterResult result = await FalterProcess.RunAsync(["assess", "--check", server.Url, "-o", folder, "--", .. server.Command]);
            Assert.True(result.ExitCode == 3, result.ToString());
            Assert.Contains("[folder-not-writable]", result.Talk);
            Assert.DoesNotContain("   at ", result.Talk);
            Assert.Empty(Shell.ProcessesWith(server.Folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task TellsAsync(string folder)
    {
        Assert.False(File.Exists(Path.Combine(folder, "verdict.json")));
        FalterResult text = await FalterProcess.RunAsync("report", folder);
        Assert.True(text.ExitCode == 0, text.ToString());
        Assert.Contains("ended before anything was judged", text.Output);
        FalterResult html = await FalterProcess.RunAsync("report", folder, "--format", "html");
        Assert.True(html.ExitCode == 0, html.ToString());
        Assert.Contains("ended before anything was judged", await File.ReadAllTextAsync(Path.Combine(folder, "report.html")));
    }
}
