namespace Falter.EndToEnd.Tests;

/// <summary>Ctrl-C, or SIGTERM, at any phase undoes everything, writes the run folder and ends with 130.</summary>
public class InterruptTests
{
    [Theory]
    [InlineData("start the target", "INT")]
    [InlineData("warm up", "INT")]
    [InlineData("observe natural errors", "INT")]
    [InlineData("baseline", "INT")]
    [InlineData("inject 1/", "INT")]
    [InlineData("inject 1/", "TERM")]
    [InlineData("recover 1/", "INT")]
    public async Task An_interrupted_assessment_leaves_nothing_but_its_run_folder(string phase, string signal)
    {
        Needs.Root();
        using RealServer nginx = RealServer.Nginx();
        string folder = Directory.CreateTempSubdirectory("falter-test-run-").FullName;
        try
        {
            using FalterProcess falter = FalterProcess.Start(["assess", "--check", nginx.Url, "--workload", nginx.Url, "--workload", $"{nginx.Url}/missing", "--observe", "3s",
                "--warm-up", "1s", "--baseline", "2s", "--inject", "3s", "--recover", "3s", "--max-models", "1", "-o", folder, "--", .. nginx.Command]);
            await falter.SaysAsync(phase);
            falter.Signal(signal);
            FalterResult result = await falter.EndAsync(TimeSpan.FromSeconds(20));
            Assert.True(result.ExitCode == 130, result.ToString());
            Assert.True(File.Exists(Path.Combine(folder, "run.json")));
            Assert.Contains("\"interrupted\": true", await File.ReadAllTextAsync(Path.Combine(folder, "verdict.json")));
            Assert.False(nginx.TakesConnections(), "nginx is still there");
            Assert.Empty(Shell.ProcessesWith(nginx.Folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
