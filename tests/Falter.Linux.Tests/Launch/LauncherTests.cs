using System.Diagnostics;
using System.Globalization;
using Falter.Linux.Proc;
using Falter.Linux.Launch;
using Falter.Linux.Ptrace;
using Falter.Records;

namespace Falter.Linux.Tests.Launch;

public sealed class LauncherTests : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private LaunchOptions Shell(string script) => new() { Command = ["sh", "-c", script], OutputFile = _folder["out"], WorkingFolder = _folder.Path };

    private async Task<string> OutputOf(LaunchOptions options, params IReadOnlyList<Action<StoppedTracee>> atExec)
    {
        await using LaunchedProcess process = Launcher.Launch(options, atExec);
        await process.Exited.WaitAsync(s_limit);
        return await File.ReadAllTextAsync(_folder["out"]);
    }

    [Theory]
    [InlineData("exit 0", 0, null)]
    [InlineData("exit 7", 7, null)]
    [InlineData("kill -SEGV $$", null, 11)]
    public async Task The_exit_status_is_the_commands_own(string script, int? code, int? signal)
    {
        await using LaunchedProcess process = Launcher.Launch(Shell(script));
        Assert.Equal(new ExitStatus(code, signal), await process.Exited.WaitAsync(s_limit));
    }

    [Fact]
    public async Task The_target_has_default_signals_and_a_session_of_its_own()
    {
        string output = await OutputOf(new LaunchOptions
        {
            Command = ["grep", "-E", "^(Tgid|NSsid|SigBlk|SigIgn)", "/proc/self/status"],
            OutputFile = _folder["out"],
        });
        Dictionary<string, string> status = output.Trim().Split('\n').Select(l => l.Split(":\t")).ToDictionary(f => f[0], f => f[1], StringComparer.Ordinal);
        Assert.Equal(status["Tgid"], status["NSsid"]);
        Assert.Equal("0000000000000000", status["SigBlk"]);
        // 32 and 33 are the C library's own; its posix_spawn ignores them in every program that it starts.
        Assert.Equal(0UL, ulong.Parse(status["SigIgn"], NumberStyles.HexNumber) & ~(3UL << 31));
    }

    [Fact]
    public async Task The_target_has_no_descriptors_but_the_standard_streams()
    {
        using FileStream open = File.Create(_folder["held-open-by-the-test"]);
        // Without a pipeline: the shell would hold its end of the pipe for a moment.
        string output = await OutputOf(Shell("ls /proc/$$/fd; readlink /proc/$$/fd/0"));
        Assert.Equal("0\n1\n2\n/dev/null\n", output);
    }

    [Fact]
    public async Task Environment_arguments_and_working_folder_arrive_unchanged()
    {
        string output = await OutputOf(new LaunchOptions
        {
            Command = [Python, "-c", "import os,sys; print(os.environ['discovery.type'], os.environ.get('HOME'), sys.argv[1:], os.getcwd())", "", "a b", "ü'\"$"],
            Environment = new Dictionary<string, string?>(StringComparer.Ordinal) { ["discovery.type"] = "single node", ["HOME"] = null },
            OutputFile = _folder["out"],
            WorkingFolder = _folder.Path,
        });
        Assert.Equal($"single node None ['', 'a b', 'ü\\'\"$'] {_folder.Path}\n", output);
    }

    [Fact]
    public async Task Standard_error_and_output_share_the_file_which_is_appended_to()
    {
        await File.WriteAllTextAsync(_folder["out"], "before\n");
        Assert.Equal("before\none\ntwo\n", await OutputOf(Shell("echo one; echo two >&2")));
    }

    [Fact]
    public async Task Callbacks_run_on_one_thread_before_the_programs_first_instruction()
    {
        var seen = new List<string>();
        var threads = new HashSet<int>();
        void Look(StoppedTracee tracee)
        {
            threads.Add(Environment.CurrentManagedThreadId);
            Assert.Equal(0UL, tracee.Registers.rax);
            seen.Add($"{Path.GetFileName(File.ResolveLinkTarget($"/proc/{tracee.Tid}/exe", true)!.Name)} {new FileInfo(_folder["out"]).Length}");
        }
        string output = await OutputOf(new LaunchOptions { Command = ["echo", "said"], OutputFile = _folder["out"] }, Look, Look);
        Assert.Equal(["echo 0", "echo 0"], seen);
        Assert.Single(threads);
        Assert.Equal("said\n", output);
    }

    [Fact]
    public async Task A_callback_that_throws_kills_the_target_before_it_began()
    {
        int pid = 0;
        Assert.Throws<NotSupportedException>(() => Launcher.Launch(Shell("echo began"), t =>
        {
            pid = t.Tid;
            throw new NotSupportedException();
        }));
        Assert.NotEqual(0, pid);
        Assert.True(await Until(() => !Directory.Exists($"/proc/{pid}")));
        Assert.Equal("", await File.ReadAllTextAsync(_folder["out"]));
    }

    [Fact]
    public void A_stop_that_is_over_cannot_be_used()
    {
        Assert.Throws<InvalidOperationException>(() => Launcher.Launch(Shell("exit 0"), t =>
        {
            t.Detach();
            _ = t.Registers;
        }));
    }

    [Theory]
    [InlineData("no-such-program-xyz", "no folder of PATH holds")]
    [InlineData("./no-such-file", "there is no such file")]
    [InlineData("/usr", "it is a directory")]
    [InlineData("/etc/passwd", "it is not executable")]
    [InlineData("", "empty text")]
    public void What_cannot_be_launched_is_refused_before_anything_starts(string name, string reason)
    {
        var refusal = Assert.Throws<FalterException>(() => Launcher.Launch(new LaunchOptions { Command = [name] }));
        Assert.Equal("target-not-found", Assert.Single(refusal.Findings).Code);
        Assert.Contains(reason, refusal.Message);
    }

    [Fact]
    public async Task What_is_no_program_is_refused()
    {
        await File.WriteAllTextAsync(_folder["text"], "no program\n");
        Victims.Run("chmod", "+x", _folder["text"]);
        var refusal = Assert.Throws<FalterException>(() => Launcher.Launch(new LaunchOptions { Command = [_folder["text"]] }));
        Assert.Contains("ENOEXEC", refusal.Message);
        Assert.Contains("#!", refusal.Message);
    }

    [Fact]
    public async Task A_target_that_ignores_sigterm_is_killed_after_the_grace()
    {
        await using LaunchedProcess process = Launcher.Launch(Shell("trap '' TERM; echo ready; while :; do sleep 0.01; done"));
        await ForOutput("ready");
        Assert.Equal(new ExitStatus(null, 9), await process.StopAsync(TimeSpan.FromMilliseconds(200)));
    }

    [Fact]
    public async Task A_target_that_obeys_sigterm_ends_in_its_own_way()
    {
        await using LaunchedProcess process = Launcher.Launch(Shell("trap 'exit 5' TERM; echo ready; while :; do sleep 0.01; done"));
        await ForOutput("ready");
        Assert.Equal(new ExitStatus(5, null), await process.StopAsync(s_limit));
    }

    [Fact]
    public async Task Stopping_leaves_neither_children_nor_daemons()
    {
        await using LaunchedProcess process = Launcher.Launch(Shell(
            "sleep 1001 & setsid sleep 1002 & (setsid sh -c 'sleep 1003 & sleep 1004' &) ; exec sleep 1005"));
        // Its environment cannot be read at the moment in which it executes another program.
        Assert.True(await Until(() => ProcessTable.CommandLine(process.Pid) is ["sleep", "1005"]));
        string mark = (await File.ReadAllTextAsync($"/proc/{process.Pid}/environ")).Split('\0').Single(v => v.StartsWith("FALTER_TARGET=", StringComparison.Ordinal));
        Assert.True(await Until(() => Marked(mark).Count >= 5));
        await process.StopAsync(s_limit);
        Assert.True(await Until(() => Marked(mark).Count == 0));
        Assert.True(await Until(() => !DeadChildrenOfTargets().Any()));
    }

    [Fact]
    public async Task A_daemon_is_stopped_after_its_parent_has_ended_by_itself()
    {
        await using LaunchedProcess process = Launcher.Launch(Shell("setsid sh -c 'echo $$ > daemon; exec sleep 1006' & while ! [ -s daemon ]; do sleep 0.01; done"));
        Assert.True((await process.Exited.WaitAsync(s_limit)).IsSuccess);
        int daemon = int.Parse(await File.ReadAllTextAsync(_folder["daemon"]), CultureInfo.InvariantCulture);
        Assert.True(Directory.Exists($"/proc/{daemon}"));
        await process.StopAsync(TimeSpan.Zero);
        Assert.False(Directory.Exists($"/proc/{daemon}"));
    }

    [Fact]
    public async Task Dotnets_own_children_are_not_disturbed()
    {
        await using LaunchedProcess process = Launcher.Launch(Shell("for i in 1 2 3 4 5 6 7 8 9 10; do (setsid true &) ; done; exec sleep 1007"));
        for (int i = 0; i < 20; i++) Victims.Run("true");
        await process.StopAsync(s_limit);
        Assert.True(await Until(() => !DeadChildrenOfTargets().Any()));
    }

    private static string Python => "/usr/bin/python3";

    private async Task ForOutput(string text) =>
        Assert.True(await Until(() => File.ReadAllText(_folder["out"]).Contains(text, StringComparison.Ordinal)), "the target did not get ready");

    private static async Task<bool> Until(Func<bool> condition)
    {
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < s_limit; await Task.Delay(5))
        {
            if (condition()) return true;
        }
        return false;
    }

    private static List<int> Marked(string mark) =>
        [.. Processes().Where(pid =>
        {
            try { return File.ReadAllText($"/proc/{pid}/environ").Contains(mark, StringComparison.Ordinal); }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return false; }
        })];

    // Each launched target has a session of its own; what stays in ours was started by another test.
    private static IEnumerable<int> DeadChildrenOfTargets()
    {
        int session = ProcessStat.Read(Environment.ProcessId)!.Session;
        return Processes().Where(pid => ProcessStat.Read(pid) is { HasEnded: true } p && p.ParentPid == Environment.ProcessId && p.Session != session);
    }

    private static IEnumerable<int> Processes() =>
        Directory.EnumerateDirectories("/proc").Select(d => int.TryParse(Path.GetFileName(d), out int pid) ? pid : 0).Where(pid => pid > 0);
}
