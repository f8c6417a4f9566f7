using System.Text.Json;

namespace Falter.EndToEnd.Tests;

/// <summary><c>falter models</c> on recordings, and what <c>falter inject</c> makes of its files.</summary>
public sealed class ModelsTests : IDisposable
{
    private const int EPERM = 1;

    private readonly string _folder = Directory.CreateTempSubdirectory("falter-test-models-").FullName;

    [Fact]
    public async Task A_models_file_is_injected_by_its_calibrated_probability_without_weak_models()
    {
        Needs.Root();
        string file = Written("models.yaml", """
            version: 1
            models:
              - {syscall: getppid, errno: EPERM, injected_rate: 30%, injection_probability: 0.2222222, natural: {failures: 10, invocations: 100}}
              - {syscall: getppid, errno: EIO, injected_rate: 30%}
              - {syscall: getpid, errno: EPERM, injected_rate: 30%, weak: true}
            """);
        FalterResult result = await FalterProcess.RunAsync("inject", "--models", file, "--seed", "3", "--format", "json", "--", CProgram.Compiled("injected"), "getppid", "2000");
        Assert.True(result.ExitCode == 0, result.ToString());
        using var document = JsonDocument.Parse(result.Output);
        JsonElement[] rules = [.. document.RootElement.GetProperty("rules").EnumerateArray()];
        Assert.Equal(["EPERM", "EIO"], rules.Select(r => r.GetProperty("errno").GetString()));
        JsonElement rule = rules[0];
        // What the first rule leaves is 7/9 of the calls: 30 % of all are 27/70 of those.
        Assert.Equal(0.3 / (1 - 0.2222222), rules[1].GetProperty("rate").GetDouble(), 1e-9);
        Assert.InRange(rules[1].GetProperty("injected").GetInt64(), 498, 702);
        Assert.Equal(0.2222222, rule.GetProperty("rate").GetDouble());
        Assert.Equal(2000, rule.GetProperty("matched").GetInt64());
        Assert.Equal(WaitingProgram.Counts(result.Talk)[EPERM], rule.GetProperty("injected").GetInt64());
        // Binomial of 2000 at 0.2222: 444 ± 5 standard deviations of 18.6; the seed makes it one number.
        Assert.InRange(rule.GetProperty("injected").GetInt64(), 351, 537);
        Assert.Contains("model getpid:EPERM is weak; --weak takes it", result.Talk);
    }

    [Fact]
    public async Task A_recording_becomes_a_file_in_yaml_or_json_that_inject_takes()
    {
        string recording = Written("samples.jsonl", Interval(50, 5) + Interval(40, 4) + Interval(60, 6));
        foreach (string name in (string[])["models.yaml", "models.json"])
        {
            string file = Path.Combine(_folder, name);
            FalterResult written = await FalterProcess.RunAsync("models", recording, "-o", file);
            Assert.True(written.ExitCode == 0, written.ToString());
            Assert.Empty(written.Output);
            FalterResult plan = await FalterProcess.RunAsync("inject", "--models", file, "--dry-run", "--format", "json", "--", "true");
            Assert.True(plan.ExitCode == 0, plan.ToString());
            using var document = JsonDocument.Parse(plan.Output);
            JsonElement rule = document.RootElement.GetProperty("rules")[0];
            // 15 of 165 calls fail by nature, in every interval alike: steady, 1.2 times 1/11; what is drawn makes up for the 1/11.
            Assert.Equal((1.2 / 11 - 1.0 / 11) / (1 - 1.0 / 11), rule.GetProperty("rate").GetDouble(), 1e-12);
            Assert.Equal("EBADF", rule.GetProperty("errno").GetString());
        }
        FalterResult same = await FalterProcess.RunAsync("models", "diff", Path.Combine(_folder, "models.yaml"), recording, "--fail-on-change");
        Assert.True(same.ExitCode == 0, same.ToString());
        Assert.Contains("1 natural errors compared, 0 changed significantly", same.Output);
    }

    [Fact]
    public async Task Intervals_with_injections_and_a_cut_off_end_are_told()
    {
        string recording = Written("samples.jsonl", Interval(50, 5) + Interval(50, 5, injected: true) + """{"time":"2026-11-21T09:""");
        FalterResult result = await FalterProcess.RunAsync("models", recording, "--format", "json");
        Assert.True(result.ExitCode == 0, result.ToString());
        using var document = JsonDocument.Parse(result.Output);
        Assert.Equal((1, 1), (document.RootElement.GetProperty("intervals").GetInt32(), document.RootElement.GetProperty("left_out_intervals").GetInt32()));
        Assert.Contains("1 intervals with injected errors were left out, 1 were read [injections-left-out]", result.Talk);
        Assert.Contains("ends in the middle of an interval, after 2 that are whole", result.Talk);
    }

    [Theory]
    [InlineData("samples.jsonl", "", "no-samples", "no interval in it; observe for longer")]
    [InlineData("samples.jsonl", "{\"a\":1}\n", "run-not-readable", "samples.jsonl, line 1: no interval of an observation")]
    [InlineData("samples.jsonl", "{\"time\":\"2026-11-21T09:12:00Z\",\"interval_seconds\":1,\"rows\":[{\"process\":\"x\",\"syscall\":\"close\",\"outcome\":\"EBADF\",\"count\":-5,\"total_ns\":9}]}\n", "run-not-readable", "line 1: no interval of an observation")]
    [InlineData("query_results.json", "[{\"syscall_name\":7}]", "query-not-readable", "entry 1: syscall_name is missing or no text")]
    [InlineData("models.yaml", "version: 1\nmodels: []", "run-not-readable", "looks like a models file")]
    public async Task A_file_that_gives_no_models_is_told_with_its_place(string name, string text, string code, string message)
    {
        FalterResult result = await FalterProcess.RunAsync("models", Written(name, text));
        Assert.True(result.ExitCode == 2, result.ToString());
        Assert.Contains(message, result.Talk);
        Assert.EndsWith($"[{code}]\n", result.Talk);
        Assert.Empty(result.Output);
    }

    [Fact]
    public async Task A_recording_of_injections_only_gives_no_models()
    {
        FalterResult result = await FalterProcess.RunAsync("models", Written("samples.jsonl", Interval(50, 5, injected: true)));
        Assert.True(result.ExitCode == 2, result.ToString());
        Assert.Contains("something was injected in every interval (1)", result.Talk);
    }

    [Theory]
    [InlineData("version: 1\nmodels:\n  - {syscall: openat, errno: ENOENT, injected_rate: 1.5}\n  - {syscall: opena, errno: ENOENT, injected_rate: 0.5}", "line 3, column 53: injected_rate: a share of 1.5 is more than the whole", "line 4, column 15: 'opena' is no system call")]
    [InlineData("version: 1\nversion: 1\nmodels: []", "line 2, column 1: version is given twice", "")]
    public async Task Mistakes_in_a_models_file_arm_nothing(string text, string first, string second)
    {
        FalterResult result = await FalterProcess.RunAsync("inject", "--models", Written("models.yaml", text), "--", "true");
        Assert.True(result.ExitCode == 2, result.ToString());
        Assert.Contains(first, result.Talk);
        Assert.Contains(second, result.Talk);
        Assert.Contains("[models-not-readable]", result.Talk);
        Assert.Empty(result.Output);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Interval(int good, int failed, bool injected = false) =>
        $$"""{"time":"2026-11-21T09:12:00+00:00","interval_seconds":1,"rows":[{"process":"x","syscall":"close","outcome":"success","count":{{good}},"total_ns":9},{"process":"x","syscall":"close","outcome":"EBADF","count":{{failed}},"total_ns":9,"injected":{{(injected ? "true" : "false")}}}],"lost":0}""" + "\n";

    private string Written(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
