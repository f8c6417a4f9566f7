using System.Text.Json;

namespace Falter.EndToEnd.Tests;

/// <summary>The main job on real servers, without a special case for any.</summary>
public class AssessTests
{
    private static readonly string[] s_short =
        ["--observe", "6s", "--warm-up", "1s", "--baseline", "3s", "--inject", "3s", "--recover", "1s", "--max-models", "2", "--seed", "3", "--check-interval", "100ms"];

    [Fact]
    public async Task Nginx_is_assessed_when_launched()
    {
        Needs.Root();
        using RealServer nginx = RealServer.Nginx();
        JsonElement verdict = await AssessAsync(["--check", nginx.Url, "--workload", nginx.Url, "--workload", $"{nginx.Url}/missing"], ["--", .. nginx.Command]);
        JsonElement model = verdict.GetProperty("models").EnumerateArray().First(m => Name(m) == "openat:ENOENT");
        Assert.Equal("seccomp-notify", model.GetProperty("mechanism").GetString());
        Assert.Equal("before", model.GetProperty("phase").GetString());
        Assert.True(model.GetProperty("injected").GetInt64() > 0);
        Assert.InRange(model.GetProperty("natural").GetProperty("rate_mean").GetDouble(), 0.2, 0.8);
        Assert.NotEqual("not-exercised", model.GetProperty("verdict").GetString());
        Assert.False(nginx.TakesConnections(), "the launched nginx is still there");
    }

    [Fact]
    public async Task Nginx_is_assessed_when_it_already_runs_and_goes_on_afterwards()
    {
        Needs.Root();
        using RealServer nginx = RealServer.Nginx();
        await nginx.StartAsync();
        JsonElement verdict = await AssessAsync(["--check", nginx.Url, "--workload", nginx.Url, "--workload", $"{nginx.Url}/missing", "-p", nginx.Pid.ToString()], []);
        JsonElement model = verdict.GetProperty("models").EnumerateArray().First(m => Name(m) == "openat:ENOENT");
        Assert.Equal("ptrace", model.GetProperty("mechanism").GetString());
        Assert.True(model.GetProperty("injected").GetInt64() > 0);
        Assert.Equal(0, await nginx.FailuresOfAsync(50));
    }

    [Fact]
    public async Task Redis_is_assessed_with_commands_as_check_and_workload()
    {
        Needs.Root();
        using RealServer redis = RealServer.Redis();
        string ping = $"redis-cli -p {redis.Port} ping | grep -q PONG";
        JsonElement verdict = await AssessAsync(["--check", ping, "--workload", $"redis-cli -p {redis.Port} set key value"], ["--", .. redis.Command]);
        Assert.NotEmpty(verdict.GetProperty("models").EnumerateArray());
    }

    [Fact]
    public async Task Python_is_assessed()
    {
        Needs.Root();
        using RealServer python = RealServer.Python();
        JsonElement verdict = await AssessAsync(
            ["--check", $"{python.Url}/page.txt", "--workload", $"{python.Url}/page.txt", "--workload", $"{python.Url}/missing", "--rate", "50/s"], ["--", .. python.Command]);
        Assert.Contains(verdict.GetProperty("models").EnumerateArray(), m => m.GetProperty("injected").GetInt64() > 0);
    }

    private static string Name(JsonElement model) => $"{model.GetProperty("syscall")}:{model.GetProperty("errno")}";

    private static async Task<JsonElement> AssessAsync(string[] options, string[] launch)
    {
        string folder = Directory.CreateTempSubdirectory("falter-test-run-").FullName;
        try
        {
            FalterResult result = await FalterProcess.RunAsync(["assess", .. options, .. s_short, "-o", folder, .. launch]);
            Assert.True(result.ExitCode is 0 or 1, result.ToString());
            JsonElement verdict = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "verdict.json"))).RootElement;
            Assert.Equal("falter/verdict/1", verdict.GetProperty("schema").GetString());
            Assert.Equal(0, verdict.GetProperty("lost_events").GetInt64());
            string report = await File.ReadAllTextAsync(Path.Combine(folder, "report.html"));
            Assert.DoesNotContain("src=\"http", report);
            Assert.DoesNotContain("<link rel=\"stylesheet\"", report);
            foreach (string file in new[] { "run.json", "samples.jsonl", "events.jsonl", "checks.jsonl" }) Assert.True(File.Exists(Path.Combine(folder, file)), file);
            Assert.Contains($"\"kernel\": \"Linux {(await File.ReadAllTextAsync("/proc/sys/kernel/osrelease")).Trim()} ", await File.ReadAllTextAsync(Path.Combine(folder, "run.json")));
            AssertIntentsComeFirst(folder);
            return verdict;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // Every fault was announced before it was armed, and every one that was armed was undone.
    private static void AssertIntentsComeFirst(string folder)
    {
        string faults = Path.Combine(folder, "faults.jsonl");
        if (!File.Exists(faults)) return;
        var steps = File.ReadLines(faults).Select(l => JsonDocument.Parse(l).RootElement).GroupBy(f => f.GetProperty("plan").GetInt32());
        foreach (var plan in steps) Assert.Equal(["intent", "armed", "undone"], plan.Select(f => f.GetProperty("step").GetString()));
    }
}
