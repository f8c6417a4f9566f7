using System.Text.Json;
using System.Text.RegularExpressions;

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
        Assert.Matches(@"^\[\d\d:\d\d:\d\d\]\nPROCESS +SYSCALL +OUTCOME +COUNT +RATE% +AVG µs +P50 µs +P99 µs\n", result.Output);
        Assert.Matches(@"(?m)^static +close +EBADF +5 +100\.00 +\d", result.Output);
        Assert.Matches(@"(?m)^static +getppid +success +7 +100\.00 +\d", result.Output);
        Assert.Contains("the command ended: exit code 9", result.Talk);
        Assert.DoesNotContain("\e[", result.Output);
    }

    [Fact]
    public async Task Json_is_one_document_per_line_and_counts_every_call_from_the_first_instruction()
    {
        Needs.Root();
        FalterResult result = await FalterProcess.RunAsync("monitor", "--format", "json", "--", CProgram.Static());
        JsonElement[] intervals = Intervals(result);
        Assert.NotEmpty(intervals);
        foreach (JsonElement interval in intervals)
        {
            Assert.True(interval.GetProperty("time").TryGetDateTimeOffset(out _));
            Assert.True(interval.GetProperty("interval_seconds").GetDouble() > 0);
            Assert.Equal(0, interval.GetProperty("lost").GetInt64());
        }
        Dictionary<(string, string), long> counts = Counts(intervals, "static");
        Assert.Equal(7, counts[("getppid", "success")]);
        Assert.Equal(5, counts[("close", "EBADF")]);
        Assert.Equal(2, counts.Count);
        Assert.All(Rows(intervals), r => Assert.Equal(r.GetProperty("count").GetInt64(), r.GetProperty("latency").GetProperty("counts").EnumerateArray().Sum(b => b.GetInt64())));
        Assert.All(Rows(intervals), r => Assert.True(r.GetProperty("total_ns").GetInt64() > 0));
    }

    [Fact]
    public async Task Threads_and_children_are_counted_exactly_over_many_intervals()
    {
        Needs.Root();
        FalterResult result = await FalterProcess.RunAsync("monitor", "--format", "json", "-i", "20ms", "--", "sh", "-c", $"echo go | {CProgram.Compiled("calls")} 3 20000 50");
        Dictionary<(string, string), long> counts = Counts(Intervals(result), "calls");
        // Three threads, and 50 children with a child each, one call of each kind from either.
        Assert.Equal(3 * 20_000 + 100, counts[("getppid", "success")]);
        Assert.Equal(3 * 20_000 + 100, counts[("close", "EBADF")]);
    }

    [Fact]
    public async Task Without_following_only_the_command_itself_is_counted()
    {
        Needs.Root();
        FalterResult result = await FalterProcess.RunAsync("monitor", "--format", "json", "--no-follow", "--no-latency", "--", "sh", "-c", $"{CProgram.Static()}; exit 0");
        JsonElement[] intervals = Intervals(result);
        Assert.Empty(Counts(intervals, "static"));
        Assert.NotEmpty(Counts(intervals, "sh"));
        Assert.All(Rows(intervals), r => Assert.False(r.TryGetProperty("latency", out _)));
    }

    [Theory]
    [InlineData("-x", "EBADF ENOENT")]
    [InlineData("-e ENOENT", "ENOENT")]
    [InlineData("-e -9", "EBADF")]
    [InlineData("--errno EXDEV", "")]
    public async Task Filters_show_only_what_was_asked_for(string filter, string outcomes)
    {
        Needs.Root();
        FalterResult result = await FalterProcess.RunAsync(["monitor", "--format", "json", .. filter.Split(' '), "--", "sh", "-c", $"echo go | {CProgram.Compiled("calls")} 1 10 0"]);
        string[] shown = [.. Rows(Intervals(result)).Where(r => r.GetProperty("process").GetString() == "calls").Select(r => r.GetProperty("outcome").GetString()!).Distinct().Order()];
        Assert.Equal(outcomes.Length == 0 ? [] : outcomes.Split(' '), shown.Intersect(["EBADF", "ENOENT", "success", "EXDEV"]));
        Assert.DoesNotContain("success", shown);
    }

    [Fact]
    public async Task Top_shows_so_many_rows()
    {
        Needs.Root();
        FalterResult result = await FalterProcess.RunAsync("monitor", "--format", "json", "-T", "1", "--", CProgram.Static());
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
        FalterResult result = await FalterProcess.RunAsync("monitor", "--format", "json", "-d", "300ms", "-p", program.Pid.ToString());
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
        using FalterProcess falter = FalterProcess.Start("monitor", "--format", "json", "-i", "100ms", "-p", program.Pid.ToString());
        Assert.True(await Shell.UntilAsync(() => falter.Output.Contains("access", StringComparison.Ordinal), TimeSpan.FromSeconds(20)), falter.Talk);
        falter.Signal("INT");
        FalterResult result = await falter.EndAsync(TimeSpan.FromSeconds(10));
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.NotEmpty(Intervals(result));
        Assert.True(program.IsFree);
    }

    [Fact]
    public void On_a_terminal_the_table_is_drawn_anew_with_a_caption_in_round_units()
    {
        Needs.Root();
        if (!File.Exists("/usr/bin/script")) Assert.Skip("script (bsdutils) is not installed");
        using var program = new WaitingProgram("getppid", "1");
        string output = Shell.Run("/usr/bin/script", "-qec", $"stty rows 30 cols 100; {FalterProcess.Executable} monitor -i 170ms -d 650ms -p {program.Pid}", "/dev/null");
        Assert.Contains("\e[", output);
        output = Regex.Replace(output, "\e\\[[0-9;?]*[a-zA-Z]", "");
        Assert.Matches(@"PROCESS +SYSCALL +OUTCOME", output);
        Assert.Matches(@"\d+ calls in \d+(\.\d+)?m?s\b", output);
        Assert.DoesNotMatch(@"calls in [\d.]+us", output);
    }

    private static JsonElement[] Intervals(FalterResult result)
    {
        Assert.True(result.ExitCode == 0, result.ToString());
        return [.. result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)];
    }

    private static IEnumerable<JsonElement> Rows(IEnumerable<JsonElement> intervals) => intervals.SelectMany(i => i.GetProperty("rows").EnumerateArray());

    private static Dictionary<(string Syscall, string Outcome), long> Counts(IEnumerable<JsonElement> intervals, string process) =>
        Rows(intervals).Where(r => r.GetProperty("process").GetString() == process)
            .GroupBy(r => (r.GetProperty("syscall").GetString()!, r.GetProperty("outcome").GetString()!)).ToDictionary(g => g.Key, g => g.Sum(r => r.GetProperty("count").GetInt64()));
}
