using System.Text.Json;

namespace Falter.EndToEnd.Tests;

/// <summary>The monitor on a terminal, played by <c>terminal.py</c>, which waits for what the screen shows.</summary>
public class MonitorScreenTests
{
    [Fact]
    public void Keys_and_the_windows_size_are_followed_and_the_terminal_is_given_back()
    {
        using var program = new WaitingProgram("getppid", "1");
        JsonElement[] steps = Play("24x100", ["wait:ENOENT", "send:s", "wait:sort: count", "send:x", "wait:; failures only", "size:12x60", "wait:q quit", "size:30x90", "wait:AVG", "send:q", "end"],
            "monitor", "-i", "100ms", "-p", program.Pid.ToString());

        JsonElement first = steps[0];
        Assert.True(first.GetProperty("second").GetBoolean());
        Assert.False(first.GetProperty("cursor").GetBoolean());
        Assert.True(first.GetProperty("key_by_key").GetBoolean());
        Assert.False(first.GetProperty("echo").GetBoolean());
        Assert.Matches(@"^\[\d\d:\d\d:\d\d\]  \d+ calls in \d+(\.\d+)?m?s", Lines(first)[0]);
        Assert.Matches("^PROCESS +SYSCALL +OUTCOME +COUNT +RATE% +AVG µs +P50 µs +P90 µs +P99 µs +MAX µs$", Lines(first)[1]);
        Assert.Contains(Lines(first), l => l.StartsWith("injected", StringComparison.Ordinal) && l.Contains("access", StringComparison.Ordinal));
        // The keys are told in the window's last line, and nothing ever scrolls.
        Assert.StartsWith("x failures only  s next order  q quit   (sort: time", Lines(first)[^1]);
        JsonElement failures = steps.Single(s => StepOf(s) == "wait:; failures only");
        Assert.Equal(0, failures.GetProperty("scrolled").GetInt32());
        Assert.DoesNotContain(Lines(failures), l => l.Contains("success", StringComparison.Ordinal));
        // Narrow windows do without some columns; wide ones have them again.
        JsonElement narrow = steps.Single(s => StepOf(s) == "wait:q quit"), wide = steps.Single(s => StepOf(s) == "wait:AVG");
        Assert.StartsWith("x failures only", Lines(narrow)[^1]);
        Assert.All(Lines(narrow), l => Assert.InRange(l.Length, 0, 60));
        Assert.Equal(12, Lines(narrow).Length);
        Assert.Equal(30, Lines(wide).Length);
        AssertGivenBack(steps[^1]);
        Assert.Contains(Lines(steps[^1]), l => l.StartsWith("injected", StringComparison.Ordinal));
        Assert.True(program.IsFree);
    }

    [Theory]
    [InlineData("SIGTERM")]
    [InlineData("SIGINT")]
    [InlineData("SIGHUP")]
    [InlineData("SIGQUIT")]
    public void A_signal_ends_it_with_the_terminal_as_it_was(string signal)
    {
        using var program = new WaitingProgram("getppid", "1");
        JsonElement[] steps = Play("24x80", ["wait:ENOENT", $"signal:{signal}", "end"], "monitor", "-i", "100ms", "-p", program.Pid.ToString());
        AssertGivenBack(steps[^1]);
    }

    [Fact]
    public void Ctrl_C_and_Ctrl_Z_reach_it_through_the_terminal()
    {
        using var program = new WaitingProgram("getppid", "1");
        JsonElement[] steps = Play("24x80", ["wait:ENOENT", "send:\u001a", "stopped", "wait:ENOENT", "send:x", "wait:; failures only", "send:\u0003", "end"],
            "monitor", "-i", "100ms", "-p", program.Pid.ToString());
        JsonElement stopped = steps.Single(s => StepOf(s) == "stopped");
        Assert.False(stopped.GetProperty("key_by_key").GetBoolean());
        Assert.True(stopped.GetProperty("echo").GetBoolean());
        Assert.True(stopped.GetProperty("cursor").GetBoolean());
        AssertGivenBack(steps[^1]);
    }

    [Fact]
    public void Without_keys_from_a_terminal_it_is_live_all_the_same()
    {
        using var program = new WaitingProgram("getppid", "1");
        JsonElement[] steps = Play("24x80", ["wait:Ctrl-C ends", "wait:ENOENT", "signal:SIGINT", "end"],
            "sh", $"exec {FalterProcess.Executable} monitor -i 100ms -p {program.Pid} < /dev/null");
        Assert.True(steps[0].GetProperty("second").GetBoolean());
        Assert.False(steps[0].GetProperty("key_by_key").GetBoolean());
        AssertGivenBack(steps[^1]);
    }

    [Fact]
    public void An_idle_process_does_not_scroll_a_terminal()
    {
        using var program = new WaitingProgram("getppid", "1");
        JsonElement[] steps = Play("8x80", ["wait:none that is to be shown", "send:s", "wait:sort: count", "send:s", "wait:sort: errors", "send:q", "end"],
            "monitor", "-i", "20ms", "-e", "EXDEV", "-p", program.Pid.ToString());
        Assert.Equal(0, steps[^1].GetProperty("scrolled").GetInt32());
        Assert.InRange(Lines(steps[^1]).Length, 1, 3);
    }

    private static void AssertGivenBack(JsonElement end)
    {
        Assert.Equal(0, end.GetProperty("exit").GetInt32());
        Assert.False(end.GetProperty("second").GetBoolean());
        Assert.True(end.GetProperty("cursor").GetBoolean());
        Assert.True(end.GetProperty("echo").GetBoolean());
        Assert.False(end.GetProperty("key_by_key").GetBoolean());
    }

    private static string StepOf(JsonElement step) => step.GetProperty("step").GetString()!;

    private static string[] Lines(JsonElement step) => [.. step.GetProperty("screen").EnumerateArray().Select(l => l.GetString()!)];

    private static JsonElement[] Play(string size, string[] steps, params string[] arguments)
    {
        Needs.Root();
        if (!File.Exists("/usr/bin/python3")) Assert.Skip("python3 is not installed; eng/prerequisites installs it");
        string script = Path.Combine(FalterProcess.Repository, "tests", "programs", "terminal.py");
        string[] command = arguments[0] == "sh" ? ["sh", "-c", arguments[1]] : [FalterProcess.Executable, .. arguments];
        string output = Shell.Run("/usr/bin/python3", [script, size, .. steps, "--", .. command]);
        Assert.True(!output.Contains("Traceback", StringComparison.Ordinal), output);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)];
    }
}
