using System.Text.Json;

namespace Falter.EndToEnd.Tests;

/// <summary>Faults of processes and networks as a user meets them: while they are in force, and after every kind of end.</summary>
public sealed class OutsideFaultTests : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly PrivateNetwork _network = new();

    public void Dispose() => _network.Dispose();

    [Theory]
    [InlineData("process:pause")]
    [InlineData("process:cpu=20%")]
    [InlineData("process:memory=64MiB")]
    [InlineData("process:pause process:cpu=20%")]
    [InlineData("network:partition")]
    [InlineData("network:partition network:delay=50ms")]
    [InlineData("network:rate=1mbit")]
    public async Task Whatever_ends_it_the_target_is_as_before(string faults)
    {
        Needs.Root();
        _network.Make();
        int target = _network.Start("sleep", "300");
        string before = _network.Condition(target);
        string[] command = ["inject", .. faults.Split(' '), "-d", "60s", "-p", target.ToString()];
        FalterResult plan = await FalterProcess.RunAsync(_network.Journals, [.. command, "--dry-run"]);
        Assert.True(plan.ExitCode == 0, plan.ToString());
        Assert.Equal(before, _network.Condition(target));
        foreach (string signal in (string[])["INT", "KILL"])
        {
            using FalterProcess falter = FalterProcess.Start(_network.Journals, command);
            await falter.SaysAsync($"armed {command[^5]}");
            Assert.NotEqual(before, _network.Condition(target));
            falter.Signal(signal);
            if (signal == "KILL") await falter.DiesAsync();
            else
            {
                FalterResult result = await falter.EndAsync(s_limit);
                Assert.True(result.ExitCode == 130, result.ToString());
                Assert.Equal(before, _network.Condition(target));
            }
            Assert.True(await Shell.UntilAsync(() => _network.Condition(target) == before, s_limit), $"{signal}: before\n{before}\nafter\n{_network.Condition(target)}");
        }
        await AssertCleanAsync();
    }

    [Fact]
    public async Task What_is_left_where_the_keeper_is_killed_too_clean_undoes()
    {
        Needs.Root();
        _network.Make();
        int target = _network.Start("sleep", "300");
        string before = _network.Condition(target);
        using FalterProcess falter = FalterProcess.Start(_network.Journals, "inject", "network:rate=1mbit", "process:pause", "process:cpu=20%", "-d", "60s", "-p", target.ToString());
        await falter.SaysAsync("armed process:cpu");
        int keeper = Assert.Single(Shell.ChildrenOf(falter.Pid, "keeper"));
        Shell.Run("kill", "-KILL", keeper.ToString());
        Assert.True(await Shell.UntilAsync(() => !Shell.IsRunning(keeper), s_limit));
        falter.Signal("KILL");
        await falter.DiesAsync();
        string left = _network.Condition(target);
        Assert.NotEqual(before, left);
        FalterResult found = await FalterProcess.RunAsync(_network.Journals, "clean", "--dry-run");
        Assert.Contains($"process {target} (sleep) is stopped; by hand: kill -CONT {target}", found.Output);
        Assert.Equal(left, _network.Condition(target));
        FalterResult cleaned = await FalterProcess.RunAsync(_network.Journals, "clean");
        Assert.True(cleaned.ExitCode == 0, cleaned.ToString());
        Assert.Equal(before, _network.Condition(target));
        await AssertCleanAsync();
    }

    [Fact]
    public async Task A_fault_of_a_launched_command_begins_and_ends_at_its_times_and_one_that_comes_too_late_is_told()
    {
        Needs.Root();
        string ready = Path.Combine(_network.Journals["FALTER_JOURNALS"], "ready");
        string script = $$"""
            import time
            open('{{ready}}', 'w').close()
            last, longest = time.monotonic(), 0
            for i in range(250):
                time.sleep(0.02)
                now = time.monotonic()
                longest, last = max(longest, now - last), now
            print(f'stood still {longest:.2f}')
            """;
        FalterResult result = await FalterProcess.RunAsync("inject", "process:pause:after=500ms:for=2s", "process:kill:after=50s", "--ready", $"test -e {ready}", "--format", "json", "--", "python3", "-c", script);
        Assert.True(result.ExitCode == 0, result.ToString());
        double stood = double.Parse(result.Talk.Split("stood still ")[1].Split('\n')[0], System.Globalization.CultureInfo.InvariantCulture);
        // Less than the 2 s by as long as arming takes.
        Assert.True(stood >= 0.7, result.ToString());
        JsonElement[] faults = [.. JsonDocument.Parse(result.Output).RootElement.GetProperty("faults").EnumerateArray()];
        Assert.Equal(1, faults[0].GetProperty("injected").GetInt64());
        Assert.Equal(JsonValueKind.Null, faults[1].GetProperty("mechanism").ValueKind);
        Assert.Contains("process:kill:after=50s: the injection ended before its time", result.Talk);
    }

    [Fact]
    public async Task A_launched_command_is_cut_off_alone_and_its_group_goes_with_it()
    {
        Needs.Root();
        _network.Make();
        const string script = """
            import socket, time
            own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            own.bind(('127.0.0.1', 0))
            own.settimeout(0.2)
            def passes():
                try:
                    own.sendto(b'x', own.getsockname())
                    return own.recv(9) == b'x'
                except (PermissionError, TimeoutError):
                    return False
            def comes(wanted):
                end = time.monotonic() + 10
                while passes() != wanted and time.monotonic() < end: time.sleep(0.01)
                return time.monotonic() < end
            # Packets are met from a moment after the start on.
            print('cut off', comes(False), flush=True)
            print('passes', comes(True), flush=True)
            """;
        using FalterProcess falter = _network.Falter("inject", "network:partition", "-d", "3s", "--", "python3", "-c", script);
        FalterResult result = await falter.EndAsync(s_limit);
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Contains("cut off True", result.Talk);
        Assert.Contains("passes True", result.Talk);
        await AssertCleanAsync();
    }

    private async Task AssertCleanAsync()
    {
        FalterResult nothing = await FalterProcess.RunAsync(_network.Journals, "clean", "--dry-run");
        Assert.Equal("nothing is left behind\n", nothing.Output);
    }
}
