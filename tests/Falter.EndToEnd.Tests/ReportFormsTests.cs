using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Falter.EndToEnd.Tests;

/// <summary>A run's verdicts where people read them: comments, CI servers, beside another run.</summary>
public sealed class ReportFormsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("falter-test-forms-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("text", "(cut off, or going on still)")]
    [InlineData("markdown", "(cut off, or going on still)")]
    [InlineData("html", "(cut off, or going on still)")]
    [InlineData("json", "\"interrupted\": true")]
    [InlineData("junit", "<error type=\"interrupted\"")]
    public async Task Of_a_run_that_was_killed_every_form_tells_the_finished_turns_and_says_so(string format, string said)
    {
        string run = Killed("a", ("first", "crashed"));
        string file = Path.Combine(_folder, "out");
        FalterResult result = await FalterProcess.RunAsync("report", run, "--format", format, "-o", file);
        Assert.True(result.ExitCode == 0, result.ToString());
        string text = await File.ReadAllTextAsync(file);
        Assert.Contains(said, text);
        Assert.Contains("died of first", text);
        Assert.Contains("not begun", text);
    }

    [Fact]
    public async Task Something_newly_broken_fails_the_job_only_where_that_was_asked()
    {
        string a = Killed("a", ("first", "resilient"), ("second", "crashed")), b = Killed("b", ("first", "crashed"), ("second", "resilient"));
        FalterResult told = await FalterProcess.RunAsync("report", "diff", a, b), failed = await FalterProcess.RunAsync("report", "diff", a, b, "--fail-on-new"), same = await FalterProcess.RunAsync("report", "diff", a, a, "--fail-on-new");
        Assert.Equal((0, 1, 0), (told.ExitCode, failed.ExitCode, same.ExitCode));
        Assert.Matches(@"(?m)^newly-broken +first +resilient +crashed$", told.Output);
        Assert.Matches(@"(?m)^healed +second +crashed +resilient$", told.Output);
        Assert.Contains("| **newly-broken** | `first` |", (await FalterProcess.RunAsync("report", "diff", a, b, "--format", "markdown")).Output);
    }

    [Fact]
    public async Task Every_field_of_the_comparison_is_described()
    {
        string a = Killed("a", ("first", "resilient"), ("second", "crashed")), b = Killed("b", ("first", "crashed"));
        FalterResult result = await FalterProcess.RunAsync("report", "diff", a, b, "--format", "json");
        using JsonDocument json = JsonDocument.Parse(result.Output);
        Assert.Equal("falter/report-diff/1", json.RootElement.GetProperty("schema").GetString());
        string page = await File.ReadAllTextAsync(Path.Combine(FalterProcess.Repository, "docs", "reference", "json-output.md"));
        Assert.All(Regex.Matches(result.Output, "\"([a-z0-9_-]+)\":").Select(m => m.Groups[1].Value).Distinct(), n => Assert.Contains($"`{n}`", page));
    }

    [Fact]
    public async Task A_run_in_which_nothing_was_judged_cannot_be_compared()
    {
        string a = Killed("a", ("first", "resilient")), b = Killed("b");
        FalterResult result = await FalterProcess.RunAsync("report", "diff", a, b);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("nothing to compare; try `falter run --resume", result.Talk);
    }

    [Fact]
    public async Task A_run_writes_its_verdicts_for_a_ci_server()
    {
        Needs.Root();
        string experiment = Path.Combine(_folder, "experiment.yaml"), junit = Path.Combine(_folder, "falter.xml");
        await File.WriteAllTextAsync(experiment, """
            version: 1
            name: sleeper
            system: { processes: [{ role: sleeper, command: [sleep, "600"] }] }
            checks: [{ process: alive, role: sleeper, interval: 100ms }]
            faults: { plans: [{ name: killed, faults: ["sleeper: process:kill"] }] }
            phases: { warm_up: 0s, baseline: 1s, inject: 1s, recover: 500ms }
            """);
        FalterResult result = await FalterProcess.RunAsync("run", experiment, "-o", Path.Combine(_folder, "run"), "--junit", junit);
        Assert.True(result.ExitCode == 1, result.ToString());
        XElement one = Assert.Single(XDocument.Load(junit).Descendants("testcase"));
        Assert.Equal("killed", one.Attribute("name")!.Value);
        Assert.Equal("crashed", one.Element("failure")!.Attribute("type")!.Value);
        Assert.Equal(await File.ReadAllTextAsync(junit), (await FalterProcess.RunAsync("report", Path.Combine(_folder, "run"), "--format", "junit")).Output);
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_is_told_before_anything_is_started()
    {
        FalterResult result = await FalterProcess.RunAsync("run", "x.yaml", "--junit", Path.Combine(_folder, "nowhere", "falter.xml"));
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("expected the name of a file in a folder that exists", result.Talk);
    }

    /// <summary>A folder as a killed run leaves it: finished turns, a plan that was not begun, the begin of a line, no verdict.</summary>
    private string Killed(string name, params (string Plan, string Verdict)[] turns)
    {
        string folder = Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;
        File.WriteAllText(Path.Combine(folder, "run.json"), $$"""
            {"run":"2026-11-21T091200-{{name}}","falter_version":"0.1.0","started":"2026-11-21T09:12:00+00:00","kernel":"Linux 6.1.0 x86_64","processors":2,"target":"shop","command":["shop"],"pids":[],"seed":7,"checks":["page"],
             "workload":[],"observe_seconds":30,"baseline_seconds":5,"inject_seconds":5,"recover_seconds":2,"observe_mechanism":"ebpf-tracepoints","inject_mechanism":"seccomp-notify","experiment":"shop","command_line":"falter run shop.yaml --seed 7"}
            """);
        string Plan(int number, string plan) => $$"""{"number":{{number}},"name":"{{plan}}","origin":"written","faults":[{"role":"web","fault":"openat:error=EMFILE:rate=5%"}],"models":[]}""";
        File.WriteAllText(Path.Combine(folder, "plans.json"), $"[{string.Join(',', turns.Select((t, i) => Plan(i, t.Plan)).Append(Plan(turns.Length, "not begun")))}]");
        File.WriteAllText(Path.Combine(folder, "turns.jsonl"), string.Concat(turns.Select((t, i) =>
            $$"""{"turn":{{i}},"plan":{{i}},"repetition":0,"seed":7,"begin_seconds":{{i * 30}},"end_seconds":{{i * 30 + 30}},"rate_factor":1,"verdict":"{{t.Verdict}}","evidence":[{"text":"It died of {{t.Plan}}."}],"counts":[{"fault":"web: openat","mechanism":"seccomp-notify","matched":5,"injected":1}],"effects":[],"log":[],"reactions":[]}""" + "\n")) + "{\"turn\":9,");
        return folder;
    }
}
