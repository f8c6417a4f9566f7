using System.Text.Json;

namespace Falter.EndToEnd.Tests;

/// <summary>Experiments that were written down: <c>falter run</c>.</summary>
public sealed class RunTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("falter-test-experiment-").FullName;

    private string Run => Path.Combine(_folder, "run");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_system_of_two_roles_is_broken_plan_by_plan_and_judged()
    {
        Needs.Root();
        using RealServer server = RealServer.Answers("degrades"), other = RealServer.Answers("copes");
        FalterResult result = await FalterProcess.RunAsync("run", Experiment(server, other), "-o", Run);
        Assert.True(result.ExitCode == 0, result.ToString());
        JsonElement[] plans = Plans();
        Assert.Equal(["look", "other"], plans.Select(p => p.GetProperty("plan").GetProperty("name").GetString()));
        Assert.Equal("degraded", plans[0].GetProperty("verdict").GetString());
        foreach (string file in new[] { "plan.yaml", "plans.json", "turns.jsonl", "report.html" }) Assert.True(File.Exists(Path.Combine(Run, file)), file);
        Assert.False(File.Exists(Path.Combine(Run, "run.lock")));
        Assert.Empty(Shell.ProcessesWith(server.Folder));
        FalterResult again = await FalterProcess.RunAsync("run", "--resume", Run);
        Assert.True(again.ExitCode == 0, again.ToString());
        Assert.Contains("finished already", again.Talk);
    }

    [Theory]
    [InlineData("warm up", 0)]
    [InlineData("inject 1/", 0)]
    [InlineData("inject 2/", 1)]
    public async Task A_killed_run_goes_on_and_keeps_its_finished_turns(string phase, int kept)
    {
        Needs.Root();
        using RealServer server = RealServer.Answers("degrades"), other = RealServer.Answers("copes");
        using (FalterProcess falter = FalterProcess.Start("run", Experiment(server, other), "-o", Run))
        {
            await falter.SaysAsync(phase);
            falter.Signal("KILL");
            await falter.DiesAsync();
        }
        string turns = Path.Combine(Run, "turns.jsonl");
        string[] before = File.Exists(turns) ? File.ReadAllLines(turns) : [];
        Assert.Equal(kept, before.Length);
        // As a loss of power leaves it: the end of a line that was being written.
        File.AppendAllText(Path.Combine(Run, "checks.jsonl"), "{\"at_seconds\":1.0,\"che");
        File.AppendAllText(turns, "{\"turn\":");
        FalterResult result = await FalterProcess.RunAsync("run", "--resume", Run);
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal(before, File.ReadAllLines(turns)[..kept]);
        Assert.Equal([0, 1], File.ReadLines(turns).Select(l => JsonDocument.Parse(l).RootElement.GetProperty("plan").GetInt32()));
        Assert.Equal([1, 1], Plans().Select(p => p.GetProperty("turns").GetArrayLength()));
        Assert.Equal("degraded", Plans()[0].GetProperty("verdict").GetString());
        Assert.Empty(Shell.ProcessesWith(server.Folder));
        Assert.Empty(Shell.ProcessesWith(other.Folder));
    }

    [Fact]
    public async Task An_interrupted_run_ends_with_130_and_goes_on()
    {
        Needs.Root();
        using RealServer server = RealServer.Answers("degrades"), other = RealServer.Answers("copes");
        using (FalterProcess falter = FalterProcess.Start("run", Experiment(server, other), "-o", Run))
        {
            await falter.SaysAsync("inject 2/");
            falter.Signal("INT");
            falter.Signal("INT");
            FalterResult cut = await falter.EndAsync(TimeSpan.FromSeconds(30));
            Assert.True(cut.ExitCode == 130, cut.ToString());
            Assert.Empty(Shell.ProcessesWith(server.Folder));
        }
        FalterResult result = await FalterProcess.RunAsync("run", "--resume", Run);
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal([1, 1], Plans().Select(p => p.GetProperty("turns").GetArrayLength()));
    }

    [Fact]
    public async Task A_stop_rule_ends_the_run()
    {
        Needs.Root();
        using RealServer server = RealServer.Answers("degrades"), other = RealServer.Answers("copes");
        string file = Experiment(server, other, faults: "recvfrom,read,accept,accept4:error=EIO", tail: "stop: [{ check: page, failing_for: 300ms, ends: run }]\n");
        FalterResult result = await FalterProcess.RunAsync("run", file, "-o", Run);
        Assert.Contains("[stopped-by-rule]", result.ToString());
        Assert.Single(File.ReadLines(Path.Combine(Run, "turns.jsonl")));
        Assert.Contains("ended by its stop rule", Plans()[1].GetProperty("not_run").GetString());
    }

    [Fact]
    public async Task A_baseline_that_nothing_can_be_compared_with_ends_the_run_early()
    {
        Needs.Root();
        using RealServer server = RealServer.Answers("copes"), other = RealServer.Answers("copes");
        string file = Experiment(server, other);
        File.WriteAllText(file, File.ReadAllText(file).Replace("checks:\n", "checks:\n  - { name: never, command: \"false\", interval: 100ms, timeout: 500ms }\n", StringComparison.Ordinal)
            .Replace("role: web\n", "role: web\n      ready: { tcp: \"127.0.0.1:" + server.Port + "\" }\n", StringComparison.Ordinal).Replace("role: other\n", "role: other\n      ready: { tcp: \"127.0.0.1:" + other.Port + "\" }\n", StringComparison.Ordinal));
        FalterResult result = await FalterProcess.RunAsync("run", file, "-o", Run);
        Assert.True(result.ExitCode == 1, result.ToString());
        Assert.Contains("[baseline-invalid]", result.Talk);
        Assert.False(File.Exists(Path.Combine(Run, "faults.jsonl")));
    }

    [Fact]
    public async Task A_dry_run_tells_and_starts_nothing()
    {
        using RealServer server = RealServer.Answers("copes"), other = RealServer.Answers("copes");
        FalterResult result = await FalterProcess.RunAsync("run", Experiment(server, other), "--dry-run", "--repeat", "3");
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Contains("3 × each plan", result.Output);
        Assert.Contains("look: web: access:error=EIO", result.Output);
        Assert.False(Directory.Exists(Run));
    }

    [Theory]
    [InlineData("bad-option", "--only", "nothing*")]
    [InlineData("bad-option", "--resume", "x")]
    public async Task What_cannot_be_meant_is_refused(string code, params string[] options)
    {
        using RealServer server = RealServer.Answers("copes"), other = RealServer.Answers("copes");
        FalterResult result = await FalterProcess.RunAsync(["run", Experiment(server, other), .. options]);
        Assert.True(result.ExitCode == 2, result.ToString());
        Assert.Contains($"[{code}]", result.Talk);
    }

    private JsonElement[] Plans() => [.. JsonDocument.Parse(File.ReadAllText(Path.Combine(Run, "verdict.json"))).RootElement.GetProperty("plans").EnumerateArray()];

    private string Experiment(RealServer web, RealServer other, string faults = "access:error=EIO", string tail = "")
    {
        string file = Path.Combine(_folder, "experiment.yaml");
        File.WriteAllText(file, $$"""
            version: 1
            name: two
            seed: 7
            system:
              processes:
                - role: web
                  command: [{{string.Join(", ", web.Command.Select(Quoted))}}]
                - role: other
                  command: [{{string.Join(", ", other.Command.Select(Quoted))}}]
            workload: { http: { urls: ["{{web.Url}}"], rate: 50, timeout: 500ms } }
            checks:
              - { name: page, http: "{{web.Url}}", interval: 100ms, timeout: 500ms }
            faults:
              plans:
                - { name: look, faults: ["web: {{faults}}"] }
                - { name: other, faults: ["other: process:pause:for=200ms"] }
            phases: { warm_up: 300ms, baseline: 2s, inject: 2s, recover: 500ms }
            {{tail}}
            """);
        return file;
    }

    private static string Quoted(string text) => $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
