using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Falter.EndToEnd.Tests;

/// <summary><c>falter monitor</c> by eBPF and by ptrace: the same rows of the same program, and a target that goes on unharmed.</summary>
public class MonitorMechanismTests
{
    [Theory]
    [InlineData("tar")]
    [InlineData("find")]
    [InlineData("python")]
    public async Task Both_mechanisms_count_the_same_of_a_deterministic_command(string command)
    {
        Needs.Root();
        using var tree = new TracedTree();
        Assert.Equal((await MonitorRun.OfAsync("ebpf", tree.Command(command))).Table(), (await MonitorRun.OfAsync("ptrace", tree.Command(command))).Table());
    }

    [Fact]
    public async Task Both_mechanisms_count_the_same_however_processes_and_threads_are_born_and_end()
    {
        Needs.Root();
        string births = CProgram.Compiled("births");
        // Not compared (decision 009): a pause that the execve of another thread cuts off, whose return a tracer is not told of; a wait that the tracer's presence interrupts, because
        // the ignored SIGCHLD of a continued child then wakes it; and whether a thread had to wait for another.
        static bool IsCertain(MonitorRun.Key row) => row is not { Syscall: "pause" or "futex" } and not { Syscall: "wait4", Outcome: "interrupted" };
        Dictionary<MonitorRun.Key, MonitorRun.Value> ebpf = await MonitorRun.OfAsync("ebpf", births), ptrace = await MonitorRun.OfAsync("ptrace", births);
        Assert.Equal(ebpf.Table(IsCertain), ptrace.Table(IsCertain));
        Assert.Equal(81, ptrace[new("births", "getppid", "success")].Count);
        // Runs are counted by thread: eight of them closed nothing, one after the other.
        Assert.Equal(new MonitorRun.Value(81, 8), ptrace[new("births", "close", "EBADF")]);
        Assert.DoesNotContain(ptrace.Keys, row => row.Syscall is "rt_sigreturn" or "exit" or "exit_group");
    }

    [Theory]
    [InlineData("echo go | {calls} 3 503 31; true", "calls", "getppid close openat")]
    [InlineData("echo go | {denied} 101; true", "denied", "getppid getpgid syscall_16383 syscall_16404")]
    [InlineData("echo go | {runs} 3 101", "runs", "getppid close dup")]
    [InlineData("/bin/true; /bin/false; exit 0", "false", "access brk close execve mmap openat read")]
    public async Task Both_mechanisms_count_the_same_calls_of_threads_children_and_filtered_programs(string script, string process, string syscalls)
    {
        Needs.Root();
        script = Regex.Replace(script, @"\{(\w+)\}", program => CProgram.Compiled(program.Groups[1].Value));
        bool IsKnown(MonitorRun.Key row) => row.Process == process && syscalls.Split(' ').Contains(row.Syscall);
        string ebpf = (await MonitorRun.OfAsync("ebpf", "sh", "-c", script)).Table(IsKnown);
        Assert.NotEmpty(ebpf);
        Assert.Equal(ebpf, (await MonitorRun.OfAsync("ptrace", "sh", "-c", script)).Table(IsKnown));
    }

    [Fact]
    public async Task A_running_program_is_followed_with_its_threads_to_come()
    {
        Needs.Root();
        const int threads = 3, calls = 211, children = 7;
        using var program = new WaitingForLine(CProgram.Compiled("calls"), threads, calls, children);
        using FalterProcess falter = FalterProcess.Start("monitor", "--mechanism", "ptrace", "--format", "json", "-i", "50ms", "-p", $"{program.Pid}");
        await WatchedAsync(falter);
        program.Go();
        Dictionary<MonitorRun.Key, MonitorRun.Value> rows = MonitorRun.Sum(await falter.EndAsync(TimeSpan.FromSeconds(60)));
        const int expected = threads * calls + 2 * children;
        Assert.Equal(expected, rows[new("calls", "getppid", "success")].Count);
        Assert.Equal(expected, rows[new("calls", "close", "EBADF")].Count);
        Assert.Equal(expected, rows[new("calls", "openat", "ENOENT")].Count);
        // It was reading its line when it was followed.
        Assert.DoesNotContain(rows.Keys, row => row.Syscall == "read");
        Assert.Equal(0, program.ExitCode);
    }

    [Fact]
    public async Task A_program_goes_on_unharmed_after_the_monitor_has_ended()
    {
        Needs.Root();
        using var program = new WaitingProgram("getppid", "1000");
        FalterResult result = await FalterProcess.RunAsync("monitor", "--mechanism", "ptrace", "--format", "json", "-d", "300ms", "-p", $"{program.Pid}");
        Assert.True(MonitorRun.Sum(result)[new("injected", "access", "ENOENT")].Count > 5, result.ToString());
        Assert.Contains("slow-mechanism", result.Talk);
        Assert.True(program.IsFree);
        Assert.Equal(1000, program.Finish()[0]);
    }

    [Fact]
    public async Task A_program_goes_on_unharmed_after_the_monitor_was_killed()
    {
        Needs.Root();
        using var program = new WaitingProgram("getppid", "1000");
        using FalterProcess falter = FalterProcess.Start("monitor", "--mechanism", "ptrace", "--format", "json", "-i", "50ms", "-p", $"{program.Pid}");
        await WatchedAsync(falter);
        Assert.False(program.IsFree);
        falter.Signal("KILL");
        await falter.DiesAsync();
        Assert.True(await Shell.UntilAsync(() => program.IsFree, TimeSpan.FromSeconds(10)), "the kernel has not detached");
        Assert.Equal(1000, program.Finish()[0]);
    }

    [Fact]
    public async Task A_command_goes_on_after_the_monitor_was_killed()
    {
        Needs.Root();
        string folder = Directory.CreateTempSubdirectory("falter-test-orphan-").FullName;
        try
        {
            string go = Path.Combine(folder, "go"), done = Path.Combine(folder, "done"), pid = Path.Combine(folder, "pid");
            string script = $"echo $$ > {pid}; while [ ! -e {go} ]; do :; done; sh -c 'exit 7'; echo $? > {done}";
            using FalterProcess falter = FalterProcess.Start("monitor", "--mechanism", "ptrace", "--format", "json", "-i", "50ms", "--", "sh", "-c", script);
            Assert.True(await Shell.UntilAsync(() => falter.Output.Contains("newfstatat", StringComparison.Ordinal) && File.Exists(pid), TimeSpan.FromSeconds(30)), falter.Talk);
            falter.Signal("KILL");
            await falter.DiesAsync();
            await File.WriteAllTextAsync(go, "");
            Assert.True(await Shell.UntilAsync(() => File.Exists(done) && File.ReadAllText(done) == "7\n", TimeSpan.FromSeconds(30)), "the command did not go on");
            int sh = int.Parse(await File.ReadAllTextAsync(pid));
            Assert.True(await Shell.UntilAsync(() => !Shell.IsRunning(sh), TimeSpan.FromSeconds(30)), "the command did not end");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_program_that_is_stopped_while_it_is_watched_stays_so_until_it_is_continued()
    {
        Needs.Root();
        using var program = new WaitingProgram("getppid", "101");
        using FalterProcess falter = FalterProcess.Start("monitor", "--mechanism", "ptrace", "--format", "json", "-i", "50ms", "-p", $"{program.Pid}");
        await WatchedAsync(falter);
        Shell.Run("kill", "-STOP", $"{program.Pid}");
        // "t (tracing stop)" is how the kernel shows the stop of a traced process, too; a group stop is the one that lasts.
        string State() => File.ReadAllLines($"/proc/{program.Pid}/status").Single(l => l.StartsWith("State:", StringComparison.Ordinal));
        string Wake() => File.ReadAllLines($"/proc/{program.Pid}/status").Single(l => l.StartsWith("voluntary_ctxt_switches:", StringComparison.Ordinal));
        int calm = 0;
        string last = "";
        Assert.True(await Shell.UntilAsync(() =>
        {
            string now = Wake();
            calm = now == last && Regex.IsMatch(State(), @"[Tt] \(") ? calm + 1 : 0;
            last = now;
            return calm == 10;
        }, TimeSpan.FromSeconds(20)), $"it is not stopped: {State()}");
        Shell.Run("kill", "-CONT", $"{program.Pid}");
        Assert.Equal(101, program.Finish()[0]);
        Assert.Equal(101, MonitorRun.Sum(await falter.EndAsync(TimeSpan.FromSeconds(30)))[new("injected", "getppid", "success")].Count);
    }

    [Fact]
    public async Task A_process_that_another_tracer_holds_is_refused()
    {
        Needs.Root();
        if (!File.Exists("/usr/bin/strace")) Assert.Skip("strace is not installed; eng/prerequisites installs it");
        using var program = new WaitingProgram("getppid", "1");
        using var strace = Process.Start(new ProcessStartInfo("strace", ["-o", "/dev/null", "-p", $"{program.Pid}"]) { UseShellExecute = false, RedirectStandardError = true })!;
        try
        {
            Assert.True(await Shell.UntilAsync(() => !program.IsFree, TimeSpan.FromSeconds(10)), "strace did not attach");
            FalterResult result = await FalterProcess.RunAsync("monitor", "--mechanism", "ptrace", "-p", $"{program.Pid}");
            Assert.True(result.ExitCode == 3 && result.Talk.Contains("target-traced", StringComparison.Ordinal), result.ToString());
        }
        finally
        {
            strace.Kill();
        }
    }

    /// <summary>Falter follows its target before it shows the first interval.</summary>
    private static async Task WatchedAsync(FalterProcess falter) =>
        Assert.True(await Shell.UntilAsync(() => falter.Output.Contains("interval_s", StringComparison.Ordinal), TimeSpan.FromSeconds(30)), falter.Talk);
}
