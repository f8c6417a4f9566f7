using System.Diagnostics;
using Falter.Linux.Features;
using Falter.Linux.Launch;
using Falter.Observe;
using Falter.Records;
using static Falter.Linux.Tests.Observe.MonitorFixture;

namespace Falter.Linux.Tests.Observe;

/// <summary>The monitor that needs no eBPF: what it does with its options, and with ends. That it counts the same as eBPF is tested through the command line.</summary>
public class PtraceSyscallMonitorTests
{
    private static PtraceSyscallMonitor OpenPtrace(SyscallMonitorOptions? options = null)
    {
        if (FeatureCatalogue.PtraceSeize.WhyNot() is { } reason) Assert.Skip(reason);
        return PtraceSyscallMonitor.Open(options ?? new SyscallMonitorOptions());
    }

    private static LaunchOptions Shell(string script) => new() { Command = ["/bin/sh", "-c", script], OutputFile = "/dev/null" };

    /// <summary>Runs a command to its end under the monitor.</summary>
    private static async Task<(ExitStatus Status, IntervalSample Sample, IReadOnlyList<ProcessEnd> Ends)> RunAsync(PtraceSyscallMonitor monitor, LaunchOptions options)
    {
        await using LaunchedProcess launched = monitor.Launch(options);
        ExitStatus status = await launched.Exited.WaitAsync(TimeSpan.FromMinutes(1));
        // The launcher is told of the end a moment before the monitor has taken note of it.
        Assert.True(SpinWait.SpinUntil(() => monitor.Alive == 0, TimeSpan.FromSeconds(30)), $"{monitor.Alive} processes are still alive");
        return (status, monitor.Read(Time), monitor.TakeEnds());
    }

    [Fact]
    public async Task A_launched_program_is_counted_from_its_first_instruction_without_its_own_execve()
    {
        using PtraceSyscallMonitor monitor = OpenPtrace();
        string program = VictimProgram.Compiled("static", "-static", "-nostdlib", "-fno-stack-protector");
        (ExitStatus status, IntervalSample sample, IReadOnlyList<ProcessEnd> ends) = await RunAsync(monitor, new LaunchOptions { Command = [program] });
        Assert.Equal(9, status.Code);
        Assert.Equal([("static", Close, EBADF, 5L, 1L), ("static", Getppid, Outcome.Success, 7L, 0L)],
            sample.Rows.OrderBy(r => r.Syscall.Number).Select(r => (r.Process, r.Syscall, r.Outcome, r.Count, r.Runs)));
        Assert.All(sample.Rows, row => Assert.Equal(row.Count, row.Latency!.Count));
        Assert.Equal(9, Assert.Single(ends).ExitCode);
        // One after the other: the tracer waits for its next target.
        Assert.Equal(9, (await RunAsync(monitor, new LaunchOptions { Command = [program] })).Status.Code);
        Assert.Equal(14, monitor.Totals.Count(Getppid));
    }

    [Fact]
    public async Task Ends_tell_how_each_process_ended()
    {
        using PtraceSyscallMonitor monitor = OpenPtrace();
        long before = Stopwatch.GetTimestamp();
        (ExitStatus status, _, IReadOnlyList<ProcessEnd> ends) = await RunAsync(monitor, Shell($"echo go | {VictimProgram.Compiled("ends")}"));
        Assert.Equal(3, status.Code);
        Assert.Equal(["killed by SIGKILL", "exit code 7", "exit code 0", "exit code 3"], ends.Where(end => end.Process == "ends").Select(end => end.Manner));
        Assert.All(ends, end => Assert.InRange(end.StopwatchTimestamp, before, Stopwatch.GetTimestamp()));
        Assert.Empty(monitor.TakeEnds());
    }

    [Fact]
    public async Task Children_and_threads_that_are_killed_at_birth_are_all_told_of()
    {
        const int children = 211;
        using PtraceSyscallMonitor monitor = OpenPtrace();
        (ExitStatus status, _, IReadOnlyList<ProcessEnd> ends) = await RunAsync(monitor, new LaunchOptions { Command = [VictimProgram.Compiled("cut"), $"{children}"] });
        Assert.Equal(0, status.Code);
        Assert.Equal((2 * children, 1), (ends.Count(end => end.Signal == 9), ends.Count(end => end.ExitCode == 0)));
    }

    [Fact]
    public async Task Many_short_lived_children_lose_nothing()
    {
        const int children = 211;
        using PtraceSyscallMonitor monitor = OpenPtrace();
        (ExitStatus status, IntervalSample sample, IReadOnlyList<ProcessEnd> ends) = await RunAsync(monitor, Shell($"echo go | {VictimProgram.Compiled("calls")} 0 0 {children}"));
        Assert.Equal(0, status.Code);
        SyscallRow[] rows = [.. sample.Rows.Where(r => r.Process == "calls")];
        Assert.Equal((2 * children, 2 * children), (rows.Count(Close, EBADF), rows.Count(Getppid)));
        Assert.Equal(2 * children + 1, ends.Count(end => end.Process == "calls"));
    }

    [Fact]
    public async Task Children_are_left_alone_where_they_are_not_to_be_followed()
    {
        using PtraceSyscallMonitor monitor = OpenPtrace(new SyscallMonitorOptions { FollowChildren = false });
        (ExitStatus status, IntervalSample sample, IReadOnlyList<ProcessEnd> ends) = await RunAsync(monitor, new LaunchOptions { Command = [VictimProgram.Compiled("births")] });
        Assert.Equal(0, status.Code);
        // The first thread and the one beside it; a process that is born by clone is a child as well.
        Assert.Equal(2 + 13, sample.Rows.Count(Getppid));
        Assert.Single(ends);
    }

    [Fact]
    public async Task A_full_table_is_counted_as_lost()
    {
        using PtraceSyscallMonitor monitor = OpenPtrace(new SyscallMonitorOptions { MaxRows = 1, MaxEnds = 1 });
        (_, IntervalSample sample, IReadOnlyList<ProcessEnd> ends) = await RunAsync(monitor, Shell("/bin/true; exit 0"));
        Assert.Single(sample.Rows);
        Assert.InRange(sample.Lost, 20, 500);
        Assert.Equal((sample.Lost, 1L), (monitor.Lost, monitor.LostEnds));
        Assert.Single(ends);
        Assert.Equal(0, monitor.Read(Time).Lost);
    }

    [Fact]
    public async Task A_name_without_room_is_counted_as_lost()
    {
        using PtraceSyscallMonitor monitor = OpenPtrace(new SyscallMonitorOptions { MaxNames = 1 });
        IntervalSample sample = (await RunAsync(monitor, Shell("/bin/true; exit 0"))).Sample;
        Assert.Equal(["sh"], sample.Rows.Select(r => r.Process).Distinct());
        Assert.InRange(sample.Lost, 10, 200);
    }

    [Fact]
    public async Task Latency_is_left_out_where_it_is_not_asked_for()
    {
        using PtraceSyscallMonitor monitor = OpenPtrace(new SyscallMonitorOptions { MeasureLatency = false });
        IntervalSample sample = (await RunAsync(monitor, Shell("exit 0"))).Sample;
        Assert.NotEmpty(sample.Rows);
        Assert.All(sample.Rows, row => Assert.Equal((0L, null), (row.TotalNs, row.Latency)));
    }

    [Fact]
    public async Task A_command_is_stopped_while_it_is_traced()
    {
        using PtraceSyscallMonitor monitor = OpenPtrace();
        await using LaunchedProcess launched = monitor.Launch(Shell("sleep 61.4117; exit 0"));
        Assert.Equal(15, (await launched.StopAsync(TimeSpan.FromSeconds(30))).Signal);
        Assert.True(SpinWait.SpinUntil(() => monitor.Alive == 0, TimeSpan.FromSeconds(30)));
        Assert.Contains(monitor.TakeEnds(), end => end.Pid == launched.Pid && end.Signal == 15);
    }

    [Fact]
    public void A_command_that_cannot_be_executed_leaves_the_tracer_usable()
    {
        using PtraceSyscallMonitor monitor = OpenPtrace();
        string script = Path.Combine(Path.GetTempPath(), $"falter-test-{Environment.ProcessId}-no-interpreter");
        try
        {
            File.WriteAllText(script, "#!/nonexistent/interpreter\n");
            File.SetUnixFileMode(script, (UnixFileMode)0b111_101_101);
            FalterException refused = Assert.Throws<FalterException>(() => monitor.Launch(new LaunchOptions { Command = [script] }));
            Assert.Equal("target-not-found", Assert.Single(refused.Findings).Code);
        }
        finally
        {
            File.Delete(script);
        }
        Assert.Equal(0, monitor.Alive);
        Assert.Throws<FalterException>(() => monitor.Follow(1));
    }
}
