using System.Text.Json;

namespace Falter.EndToEnd.Tests;

/// <summary><c>falter monitor</c> as a user meets it.</summary>
public class MonitorTests
{
    [Fact]
    public async Task The_calls_of_a_command_are_shown_and_the_monitor_ends_with_it()
    {
        Needs.Root();
        FalterResult result = await FalterProcess.RunAsync("monitor", "--", CProgram.Static());
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Matches(@"^\[\d\d:\d\d:\d\d\]\nPROCESS +SYSCALL +OUTCOME +COUNT +RATE% +AVG µs +P50 µs +P90 µs +P99 µs +MAX µs\n", result.Output);
        Assert.Matches(@"(?m)^static +close +EBADF +5 +100\.00 +\d", result.Output);
        Assert.Matches(@"(?m)^static +getppid +success +7 +100\.00 +\d", result.Output);
        Assert.Contains("the command ended: exit code 9", result.Talk);
        Assert.DoesNotContain("\e[", result.Output);
        Assert.All(result.Output.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
    }

    [Theory]
    [InlineData("jsonl")]
    [InlineData("json")]
    public async Task Json_is_one_document_per_line_and_counts_every_call_from_the_first_instruction(string format)
    {
        Needs.Root();
        FalterResult result = await FalterProcess.RunAsync("monitor", "--format", format, "--", CProgram.Static());
        JsonElement[] intervals = Intervals(result);
        Assert.NotEmpty(intervals);
        foreach (JsonElement interval in intervals)
        {
            Assert.Equal(["time", "interval_s", "rows", "lost"], interval.EnumerateObject().Select(p => p.Name));
            Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d$", interval.GetProperty("time").GetString());
            Assert.True(interval.GetProperty("interval_s").GetDouble() > 0);
            Assert.Equal(0, interval.GetProperty("lost").GetInt64());
        }
        Dictionary<(string, string), long> counts = Counts(intervals, "static");
        Assert.Equal(7, counts[("getppid", "success")]);
        Assert.Equal(5, counts[("close", "EBADF")]);
        Assert.Equal(2, counts.Count);
        foreach (JsonElement row in Rows(intervals))
        {
            Assert.Equal(["process", "syscall", "outcome", "errno", "count", "rate", "avg_us", "p50_us", "p90_us", "p99_us", "max_us", "injected", .. row.GetProperty("errno").ValueKind == JsonValueKind.Null ? [] : (string[])["runs"]],
                row.EnumerateObject().Select(p => p.Name));
            if (row.TryGetProperty("runs", out JsonElement runs)) Assert.Equal(1, runs.GetInt64());
            double[] times = [.. new[] { "p50_us", "p90_us", "p99_us", "max_us" }.Select(n => row.GetProperty(n).GetDouble())];
            Assert.True(times[0] > 0);
            Assert.Equal(times.Order(), times);
            Assert.InRange(row.GetProperty("avg_us").GetDouble(), 0.001, times[3] * 1.125);
            Assert.Equal(1, row.GetProperty("rate").GetDouble());
            Assert.False(row.GetProperty("injected").GetBoolean());
        }
        JsonElement close = Rows(intervals).First(r => r.GetProperty("syscall").GetString() == "close");
        Assert.Equal("error", close.GetProperty("outcome").GetString());
        Assert.Equal("EBADF", close.GetProperty("errno").GetString());
        JsonElement getppid = Rows(intervals).First(r => r.GetProperty("syscall").GetString() == "getppid");
        Assert.Equal(JsonValueKind.Null, getppid.GetProperty("errno").ValueKind);
    }

    [Fact]
    public async Task Rates_are_shares_of_the_calls_of_a_process_and_are_sorted_by_as_asked()
    {
        Needs.Root();
        FalterResult result = await FalterProcess.RunAsync("monitor", "--format", "jsonl", "-i", "1h", "--sort", "errors", "--syscalls", "close,getppid", "--", "sh", "-c", $"echo go | {CProgram.Compiled("calls")} 1 1000 0");
        JsonElement[] rows = [.. Rows(Intervals(result))];
        Assert.All(rows, r => Assert.Contains(r.GetProperty("syscall").GetString(), new[] { "close", "getppid" }));
        foreach (IGrouping<(string?, string?), JsonElement> call in rows.GroupBy(r => (r.GetProperty("process").GetString(), r.GetProperty("syscall").GetString())))
        {
            Assert.Equal(1, call.Sum(r => r.GetProperty("rate").GetDouble()), 9);
            long all = call.Sum(r => r.GetProperty("count").GetInt64());
            Assert.All(call, r => Assert.Equal(r.GetProperty("count").GetInt64() / (double)all, r.GetProperty("rate").GetDouble(), 9));
        }
        long[] errors = [.. rows.Select(r => r.GetProperty("outcome").GetString() == "error" ? r.GetProperty("count").GetInt64() : 0)];
        Assert.Equal(errors.OrderDescending(), errors);
        Assert.True(errors[0] >= 1000);
    }

    [Fact]
    public async Task Threads_and_children_are_counted_exactly_over_many_intervals()
    {
        Needs.Root();
        FalterResult result = await FalterProcess.RunAsync("monitor", "--format", "jsonl", "-i", "20ms", "--", "sh", "-c", $"echo go | {CProgram.Compiled("calls")} 3 20000 50");
        Dictionary<(string, string), long> counts = Counts(Intervals(result), "calls");
        // Three threads, and 50 children with a child each, one call of each kind from either.
        Assert.Equal(3 * 20_000 + 100, counts[("getppid", "success")]);
        Assert.Equal(3 * 20_000 + 100, counts[("close", "EBADF")]);
    }

    [Fact]
    public async Task Without_following_only_the_command_itself_is_counted()
    {
        Needs.Root();
        FalterResult result = await FalterProcess.RunAsync("monitor", "--format", "jsonl", "--no-follow", "--no-latency", "--", "sh", "-c", $"{CProgram.Static()}; exit 0");
        JsonElement[] intervals = Intervals(result);
        Assert.Empty(Counts(intervals, "static"));
        Assert.NotEmpty(Counts(intervals, "sh"));
        Assert.All(Rows(intervals), r => Assert.All(new[] { "avg_us", "p50_us", "p90_us", "p99_us", "max_us" }, n => Assert.Equal(JsonValueKind.Null, r.GetProperty(n).ValueKind)));
    }

    [Theory]
    [InlineData("-x", "EBADF ENOENT")]
    [InlineData("-e ENOENT", "ENOENT")]
    [InlineData("-e -9", "EBADF")]
    [InlineData("--errno EXDEV", "")]
    public async Task Filters_show_only_what_was_asked_for(string filter, string outcomes)
    {
        Needs.Root();
        FalterResult result = await FalterProcess.RunAsync(["monitor", "--format", "jsonl", .. filter.Split(' '), "--", "sh", "-c", $"echo go | {CProgram.Compiled("calls")} 1 10 0"]);
        string[] shown = [.. Rows(Intervals(result)).Where(r => r.GetProperty("process").GetString() == "calls").Select(OutcomeOf).Distinct().Order()];
        Assert.Equal(outcomes.Length == 0 ? [] : outcomes.Split(' '), shown.Intersect(["EBADF", "ENOENT", "success", "EXDEV"]));
        Assert.DoesNotContain("success", shown);
    }

    [Fact]
    public async Task Top_shows_so_many_rows()
    {
        Needs.Root();
        FalterResult result = await FalterProcess.RunAsync("monitor", "--format", "jsonl", "-T", "1", "--", CProgram.Static());
        Assert.All(Intervals(result), i => Assert.True(i.GetProperty("rows").GetArrayLength() <= 1));
    }

    [Fact]
    public async Task A_recording_becomes_models()
    {
        Needs.Root();
        string folder = Directory.CreateTempSubdirectory("falter-test-record-").FullName;
        try
        {
            // Filters are for the eye: the recording holds everything.
            FalterResult recorded = await FalterProcess.RunAsync("monitor", "-e", "EXDEV", "--record", folder, "--", "sh", "-c", $"echo a word; {CProgram.Static()}; exit 0");
            Assert.True(recorded.ExitCode == 0, recorded.ToString());
            Assert.Equal("a word\n", await File.ReadAllTextAsync(Path.Combine(folder, "target.log")));
            FalterResult models = await FalterProcess.RunAsync("models", folder, "--format", "json");
            Assert.True(models.ExitCode == 0, models.ToString());
            using var document = JsonDocument.Parse(models.Output);
            JsonElement close = document.RootElement.GetProperty("models").EnumerateArray().Single(m => m.GetProperty("syscall").GetString() == "close" && m.GetProperty("errno").GetString() == "EBADF");
            Assert.Equal(5, close.GetProperty("natural").GetProperty("failures").GetInt64());
            Assert.True(close.GetProperty("injected_rate").GetDouble() is > 0 and <= 1);
            Assert.Contains("close:EBADF", (await FalterProcess.RunAsync("models", folder)).Output);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_command_that_outlives_the_time_is_stopped()
    {
        Needs.Root();
        FalterResult result = await FalterProcess.RunAsync("monitor", "-d", "200ms", "--", "sleep", "61.7301");
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Contains("the command was stopped: killed by SIGTERM", result.Talk);
        Assert.Empty(Shell.ProcessesWith("sleep 61.7301"));
    }

    [Fact]
    public async Task A_running_program_is_watched_and_goes_on_afterwards()
    {
        Needs.Root();
        using var program = new WaitingProgram("getppid", "1000");
        FalterResult result = await FalterProcess.RunAsync("monitor", "--format", "jsonl", "-d", "300ms", "-p", program.Pid.ToString());
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.True(Counts(Intervals(result), "injected")[("access", "ENOENT")] > 10, result.ToString());
        Assert.True(program.IsFree);
        Assert.Equal(1000, program.Finish()[0]);
    }

    [Fact]
    public async Task Ctrl_C_is_an_ordinary_end_with_a_last_print()
    {
        Needs.Root();
        using var program = new WaitingProgram("getppid", "1000");
        using FalterProcess falter = FalterProcess.Start("monitor", "--format", "jsonl", "-i", "100ms", "-p", program.Pid.ToString());
        Assert.True(await Shell.UntilAsync(() => falter.Output.Contains("access", StringComparison.Ordinal), TimeSpan.FromSeconds(20)), falter.Talk);
        falter.Signal("INT");
        FalterResult result = await falter.EndAsync(TimeSpan.FromSeconds(10));
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.NotEmpty(Intervals(result));
        Assert.True(program.IsFree);
    }

    [Fact]
    public async Task All_mistakes_of_the_filters_are_told_at_once()
    {
        FalterResult result = await FalterProcess.RunAsync("monitor", "-e", "ENONET2", "--syscalls", "opennat,%nett", "-p", Environment.ProcessId.ToString());
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("--errno: no errno 'ENONET2'", result.Talk);
        Assert.Contains("--syscalls: 'opennat' is no system call; did you mean", result.Talk);
        Assert.Contains("--syscalls: '%nett' is no class of system calls; did you mean %net", result.Talk);
        Assert.Empty(result.Output);
    }

    [Fact]
    public async Task A_narrow_unit_is_told_in_the_head()
    {
        Needs.Root();
        FalterResult result = await FalterProcess.RunAsync("monitor", "--unit", "ms", "--", CProgram.Static());
        Assert.Matches(@"(?m)^PROCESS +SYSCALL +OUTCOME +COUNT +RATE% +AVG ms +P50 ms +P90 ms +P99 ms +MAX ms$", result.Output);
        Assert.Matches(@"(?m)^static +close +EBADF +5 +100\.00 +\d+\.\d+ ", result.Output);
    }

    private static JsonElement[] Intervals(FalterResult result)
    {
        Assert.True(result.ExitCode == 0, result.ToString());
        return [.. result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)];
    }

    /// <summary>The errno's name where there is one.</summary>
    private static string OutcomeOf(JsonElement row) => row.GetProperty("errno").GetString() ?? row.GetProperty("outcome").GetString()!;

    private static IEnumerable<JsonElement> Rows(IEnumerable<JsonElement> intervals) => intervals.SelectMany(i => i.GetProperty("rows").EnumerateArray());

    private static Dictionary<(string Syscall, string Outcome), long> Counts(IEnumerable<JsonElement> intervals, string process) =>
        Rows(intervals).Where(r => r.GetProperty("process").GetString() == process)
            .GroupBy(r => (r.GetProperty("syscall").GetString()!, OutcomeOf(r))).ToDictionary(g => g.Key, g => g.Sum(r => r.GetProperty("count").GetInt64()));
}
