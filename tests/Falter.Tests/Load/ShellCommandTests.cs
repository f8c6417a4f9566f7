using System.Diagnostics;
using Falter.Linux.Proc;
using Falter.Load;

namespace Falter.Tests.Load;

public sealed class ShellCommandTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private readonly string _folder = Directory.CreateTempSubdirectory("falter-test-shell-").FullName;

    [Fact]
    public async Task What_was_given_another_parent_is_killed_too_and_nothing_else()
    {
        using Process bystander = Process.Start("sleep", "60");
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        string pids = Path.Combine(_folder, "pids");
        // A daemon in a session of its own, a child in the background, a child of a child; the shell itself waits.
        Task<ShellResult> run = ShellCommand.RunAsync(
            $"setsid sh -c 'echo $$ >>{pids}; exec sleep 60' & sleep 60 & echo $! >>{pids}; (sh -c 'sleep 60 & echo $! >>{pids}; wait'; true) & wait", s_patience, cancel.Token);
        int[] started = await NumbersAsync(pids, 3);
        Assert.All(started, p => Assert.NotNull(ProcessStat.Read(p)));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.All(started, p => Assert.True(ProcessStat.Read(p) is null or { HasEnded: true }));
        Assert.False(bystander.HasExited);
        bystander.Kill();
    }

    [Fact]
    public async Task A_daemon_whose_starter_has_ended_is_killed_at_the_time_out()
    {
        string pids = Path.Combine(_folder, "pids");
        ShellResult result = await ShellCommand.RunAsync($"(setsid sh -c 'echo $$ >{pids}; exec sleep 60' &); while ! test -s {pids}; do :; done; echo begun; sleep 60",
            TimeSpan.FromSeconds(4), TestContext.Current.CancellationToken);
        Assert.Null(result.ExitCode);
        Assert.Equal("begun", result.Output);
        int[] daemon = await NumbersAsync(pids, 1);
        Assert.All(daemon, p => Assert.True(ProcessStat.Read(p) is null or { HasEnded: true }));
    }

    [Fact]
    public async Task What_a_command_leaves_in_the_background_neither_delays_its_end_nor_is_touched()
    {
        ShellResult result = await RunAsync("sleep 60 & echo $!");
        Assert.Equal(0, result.ExitCode);
        using Process left = Process.GetProcessById(int.Parse(result.Text));
        Assert.False(left.HasExited);
        left.Kill();
    }

    [Fact]
    public async Task Output_errors_and_status_are_told_apart()
    {
        ShellResult result = await RunAsync("echo one; echo two; echo bad >&2; exit 3");
        Assert.Equal((3, "bad", "one\ntwo\n", "bad\n"), (result.ExitCode, result.Output, result.Text, result.Errors));
        Assert.Equal("two", (await RunAsync("echo one; echo two; echo bad >&2")).Output);
        Assert.Equal(137, (await RunAsync("kill -9 $$")).ExitCode);
        Assert.Equal(0, (await RunAsync("exec >&- 2>&-; true")).ExitCode);
        // Redirections to these names fail where the output is a socket.
        Assert.Equal("here\n", (await RunAsync("echo here >/dev/stdout; echo there >/dev/stderr")).Text);
    }

    [Fact]
    public async Task Of_much_output_the_end_is_kept()
    {
        ShellResult result = await RunAsync("yes é | head -c 9000000; echo end");
        Assert.InRange(result.Text.Length, 20_000, 64 * 1024);
        Assert.Equal("end", result.Output);
        Assert.DoesNotContain('\uFFFD', result.Text[..20_000]);
    }

    [Fact]
    public async Task A_command_has_its_variables_and_folder()
    {
        var variables = new Dictionary<string, string?> { ["FALTER_TEST"] = "with space", ["HOME"] = null };
        ShellResult result = await ShellCommand.RunAsync("echo \"$FALTER_TEST|${HOME-none}|$PWD\"", s_patience, TestContext.Current.CancellationToken, variables, _folder);
        Assert.Equal($"with space|none|{_folder}", result.Output);
        Linux.LinuxException missing = await Assert.ThrowsAsync<Linux.LinuxException>(() => ShellCommand.RunAsync("true", s_patience, TestContext.Current.CancellationToken, folder: "/nonexistent"));
        Assert.Equal("cannot be started: No such file or directory (ENOENT)", ShellCommand.Reason(missing));
    }

    [Fact]
    public async Task Many_commands_at_once_each_have_their_own_end_and_leave_no_descriptors()
    {
        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => RunAsync("true")));
        int before = ProcessUsage.Descriptors(Environment.ProcessId)!.Value;
        ShellResult[] results = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => RunAsync($"echo {i}; exit {i}")));
        Assert.All(results.Index(), r => Assert.Equal((r.Index, $"{r.Index}\n"), (r.Item.ExitCode, r.Item.Text)));
        Assert.InRange(ProcessUsage.Descriptors(Environment.ProcessId)!.Value, 0, before + 40);
    }

    private static Task<ShellResult> RunAsync(string command) => ShellCommand.RunAsync(command, s_patience, TestContext.Current.CancellationToken);

    private static async Task<int[]> NumbersAsync(string file, int count)
    {
        for (long end = Environment.TickCount64 + 30_000; Environment.TickCount64 < end; await Task.Delay(5))
        {
            if (File.Exists(file) && await File.ReadAllLinesAsync(file) is var lines && lines.Length == count) return [.. lines.Select(int.Parse)];
        }
        throw new TimeoutException($"{file} has not {count} lines");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
