using System.Diagnostics;
using Falter.Linux.Launch;
using Falter.Observe;
using Falter.Records;
using static Falter.Linux.Tests.Observe.MonitorFixture;

namespace Falter.Linux.Tests.Observe;

/// <summary>The monitor counts what programs do, exactly.</summary>
public class SyscallMonitorTests
{
    [Fact]
    public void Threads_and_children_of_children_are_counted_exactly()
    {
        const int threads = 4, calls = 10007, children = 13;
        using SyscallMonitor monitor = Open();
        using VictimProgram program = VictimProgram.Start("calls", threads, calls, children);
        monitor.Follow(program.Pid);
        program.Go();
        Assert.Equal(0, program.WaitForExit());

        IntervalSample sample = monitor.Read(Time);
        const int expected = threads * calls + 2 * children;
        Assert.Equal(0, sample.Lost);
        Assert.Equal((expected, expected), (sample.Rows.Count(Getppid), sample.Rows.Count(Getppid, Outcome.Success)));
        Assert.Equal((expected, expected), (sample.Rows.Count(Close), sample.Rows.Count(Close, EBADF)));
        Assert.Equal(expected, sample.Rows.Count(Openat, ENOENT));
        Assert.All(sample.Rows, row => Assert.Equal("calls", row.Process));
    }

    [Fact]
    public void Reads_under_load_neither_lose_nor_double_calls()
    {
        const int threads = 2, calls = 200_003;
        using SyscallMonitor monitor = Open();
        using VictimProgram program = VictimProgram.Start("calls", threads, calls, 0);
        monitor.Follow(program.Pid);
        program.Go();
        var samples = new List<IntervalSample>();
        while (!program.HasExited) samples.Add(monitor.Read(Time));
        samples.Add(monitor.Read(Time));

        Assert.True(samples.Count(s => s.Rows.Count(Getppid) > 0) >= 2, "the load ran for less than two readings");
        Assert.Equal(threads * calls, samples.Sum(s => s.Rows.Count(Getppid)));
        Assert.Equal(threads * calls, samples.Sum(s => s.Rows.Count(Close, EBADF)));
        Assert.Equal(0, samples.Sum(s => s.Lost));
        Assert.Equal(threads * calls, monitor.Totals.Count(Getppid));
        Assert.DoesNotContain(samples, s => s.Rows.Any(r => r.Count < 0 || r.Latency?.Counts.Any(n => n < 0) == true));
    }

    [Fact]
    public void Many_short_lived_children_lose_nothing()
    {
        const int children = 3001;
        using SyscallMonitor monitor = Open();
        using VictimProgram program = VictimProgram.Start("calls", 0, 0, children);
        monitor.Follow(program.Pid);
        program.Go();
        var ends = new List<ProcessEnd>();
        var samples = new List<IntervalSample>();
        while (!program.HasExited)
        {
            samples.Add(monitor.Read(Time));
            ends.AddRange(monitor.TakeEnds());
        }
        samples.Add(monitor.Read(Time));
        ends.AddRange(monitor.TakeEnds());

        Assert.Equal(0, program.WaitForExit());
        Assert.Equal(2 * children, samples.Sum(s => s.Rows.Count(Getppid)));
        Assert.Equal(2 * children, samples.Sum(s => s.Rows.Count(Close, EBADF)));
        Assert.Equal(0, samples.Sum(s => s.Lost) + monitor.LostEnds);
        Assert.Equal(0, monitor.Alive);
        Assert.Equal(2 * children + 1, ends.Count);
        Assert.All(ends, end => Assert.Equal(("calls", "exit code 0"), (end.Process, end.Manner)));
    }

    [Fact]
    public void Latencies_are_in_their_buckets()
    {
        using SyscallMonitor monitor = Open();
        using VictimProgram program = VictimProgram.Start("calls", 1, 1009, 0);
        monitor.Follow(program.Pid);
        program.Go();
        program.WaitForExit();
        SyscallRow row = monitor.Read(Time).Rows.Single(r => r.Syscall == Getppid);

        LatencyHistogram latency = row.Latency!;
        Assert.Equal(row.Count, latency.Count);
        Assert.InRange(row.TotalNs, latency.Counts.Select((n, i) => n * LatencyHistogram.LowerNs(latency.First + i)).Sum(), latency.Counts.Select((n, i) => n * LatencyHistogram.LowerNs(latency.First + i + 1)).Sum());
    }

    [Fact]
    public void Runs_of_errors_are_counted_thread_by_thread()
    {
        const int threads = 7, rounds = 211;
        using SyscallMonitor monitor = Open();
        using VictimProgram program = VictimProgram.Start("runs", threads, rounds);
        monitor.Follow(program.Pid);
        program.Go();
        Assert.Equal(0, program.WaitForExit());
        ILookup<Outcome, SyscallRow> closes = monitor.Read(Time).Rows.Where(r => r.Syscall == Syscall.Named("close")).ToLookup(r => r.Outcome);
        Assert.Equal((5L * threads * rounds, 2L * threads * rounds), closes[new Outcome(9)].Select(r => (r.Count, r.Runs)).Single());
        Assert.Equal(0, Assert.Single(closes[Outcome.Success]).Runs);
    }

    [Fact]
    public void A_full_map_is_counted_as_lost()
    {
        const int calls = 5003;
        using SyscallMonitor monitor = Open(new SyscallMonitorOptions { MaxRows = 1 });
        using VictimProgram program = VictimProgram.Start("calls", 1, calls, 0);
        monitor.Follow(program.Pid);
        program.Go();
        program.WaitForExit();
        IntervalSample sample = monitor.Read(Time);
        Assert.Single(sample.Rows);
        Assert.InRange(sample.Lost, 2 * calls, 3 * calls + 200);
        Assert.Equal(sample.Lost, monitor.Lost);
        Assert.Equal(0, monitor.Read(Time).Lost);
    }

    [Fact]
    public void Calls_of_a_program_without_room_for_its_name_are_lost_one_by_one()
    {
        using SyscallMonitor monitor = Open(new SyscallMonitorOptions { MaxNames = 1 });
        using VictimProgram first = VictimProgram.Start("calls", 0, 0, 0), second = VictimProgram.Start("denied", 5);
        monitor.Follow(first.Pid);
        monitor.Follow(second.Pid);
        Assert.Equal(2, monitor.Alive);
        second.Go();
        Assert.Equal(0, second.WaitForExit());
        IntervalSample sample = monitor.Read(Time);
        Assert.Empty(sample.Rows);
        Assert.InRange(sample.Lost, 10, 100);
    }

    [Fact]
    public void A_call_denied_by_seccomp_is_counted_apart()
    {
        const int calls = 101;
        using SyscallMonitor monitor = Open();
        using VictimProgram program = VictimProgram.Start("denied", calls);
        monitor.Follow(program.Pid);
        program.Go();
        Assert.Equal(0, program.WaitForExit());
        IReadOnlyList<SyscallRow> rows = monitor.Read(Time).Rows;
        SyscallRow denied = rows.Single(r => r.Syscall == Getppid);
        Assert.Equal((EPERM, calls, true, 0L, 0L), (denied.Outcome, denied.Count, denied.EntrySkipped, denied.TotalNs, denied.Latency?.Count ?? 0L));
        SyscallRow allowed = rows.Single(r => r.Syscall == Syscall.Named("getpgid"));
        Assert.Equal((Outcome.Success, calls, false), (allowed.Outcome, allowed.Count, allowed.EntrySkipped));
        Assert.Equal(calls, allowed.Latency!.Count);
    }

    [Fact]
    public void Calls_of_the_32_bit_table_and_unknown_numbers_are_not_mistaken_for_others()
    {
        using SyscallMonitor monitor = Open();
        using VictimProgram program = VictimProgram.Start("denied", 1);
        monitor.Follow(program.Pid);
        program.Go();
        int status = program.WaitForExit();
        IReadOnlyList<SyscallRow> rows = monitor.Read(Time).Rows;
        Assert.Equal(1, rows.Single(r => r.Syscall.Number == 0x3fff).Count);
        Assert.DoesNotContain(rows, r => r.Syscall == Syscall.Named("writev"));
        if (status == 4) Assert.Skip("the kernel has no 32-bit system calls (CONFIG_IA32_EMULATION)");
        Assert.Equal(1, rows.Single(r => r.Syscall.Number == 0x4000 + 20).Count);
    }

    [Fact]
    public void Children_are_left_alone_where_they_are_not_to_be_followed()
    {
        const int threads = 3, calls = 101;
        using SyscallMonitor monitor = Open(new SyscallMonitorOptions { FollowChildren = false });
        using VictimProgram program = VictimProgram.Start("calls", threads, calls, 7);
        monitor.Follow(program.Pid);
        program.Go();
        program.WaitForExit();
        Assert.Equal(threads * calls, monitor.Read(Time).Rows.Count(Getppid));
        Assert.Equal(program.Pid, Assert.Single(monitor.TakeEnds()).Pid);
    }

    [Fact]
    public void Running_descendants_are_followed_and_following_again_changes_nothing()
    {
        using SyscallMonitor monitor = Open();
        string calls = VictimProgram.Compiled("calls");
        // The shell stays the parent: there is a command after the program.
        using Process shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"{calls} 1 211 0; exit 5"]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true })!;
        Assert.NotNull(shell.StandardOutput.ReadLine());
        monitor.Follow(shell.Id);
        monitor.Follow(shell.Id);
        Assert.Equal(2, monitor.Alive);
        shell.StandardInput.WriteLine("go");
        shell.WaitForExit();
        IReadOnlyList<SyscallRow> rows = monitor.Read(Time).Rows;
        SyscallRow row = rows.Single(r => r.Syscall == Getppid);
        Assert.Equal(("calls", 211), (row.Process, row.Count));
        // sh waited for its child when it was followed: that call was under way, and is not counted.
        Assert.Contains(rows, r => r.Process == "sh");
        Assert.Equal([("calls", "exit code 0"), ("sh", "exit code 5")], monitor.TakeEnds().Select(end => (end.Process, end.Manner)));
    }

    [Fact]
    public void A_child_that_calls_execve_is_counted_by_its_new_name()
    {
        using SyscallMonitor monitor = Open();
        using Process shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "read line; /bin/true; /bin/false; exit 0"]) { UseShellExecute = false, RedirectStandardInput = true })!;
        monitor.Follow(shell.Id);
        shell.StandardInput.WriteLine("go");
        shell.WaitForExit();
        IReadOnlyList<SyscallRow> rows = monitor.Read(Time).Rows;
        Assert.Equal(["false", "sh", "true"], rows.Select(r => r.Process).Distinct().Order());
        Assert.Equal([("true", "exit code 0"), ("false", "exit code 1"), ("sh", "exit code 0")], monitor.TakeEnds().Select(end => (end.Process, end.Manner)));
        Assert.All(["true", "false"], name => Assert.Equal(1, rows.Where(r => r.Process == name).Count(Syscall.Named("execve"), Outcome.Success)));
    }

    [Fact]
    public void Ends_tell_how_each_process_ended()
    {
        using SyscallMonitor monitor = Open();
        using VictimProgram program = VictimProgram.Start("ends");
        monitor.Follow(program.Pid);
        long before = Stopwatch.GetTimestamp();
        program.Go();
        int[] children = [.. Enumerable.Range(0, 3).Select(_ => int.Parse(program.Output.ReadLine()!))];
        Assert.Equal(3, program.WaitForExit());
        IReadOnlyList<ProcessEnd> ends = monitor.TakeEnds();
        Assert.Equal([(children[0], "killed by SIGKILL"), (children[1], "exit code 7"), (children[2], "exit code 0"), (program.Pid, "exit code 3")],
            ends.Select(end => (end.Pid, end.Manner)));
        Assert.Equal(0, monitor.Alive);
        Assert.All(ends, end => Assert.InRange(end.StopwatchTimestamp, before, Stopwatch.GetTimestamp()));
        Assert.Empty(monitor.TakeEnds());
    }

    [Fact]
    public async Task A_launched_program_is_counted_from_its_first_instruction_without_its_own_execve()
    {
        using SyscallMonitor monitor = Open();
        string program = VictimProgram.Compiled("static", "-static", "-nostdlib", "-fno-stack-protector");
        await using LaunchedProcess launched = Launcher.Launch(new LaunchOptions { Command = [program] }, stopped => monitor.Follow(stopped.Tid));
        Assert.Equal(9, (await launched.Exited).Code);
        // exit_group never returns.
        Assert.Equal([("static", Close, EBADF, 5L), ("static", Getppid, Outcome.Success, 7L)],
            monitor.Read(Time).Rows.OrderBy(r => r.Syscall.Number).Select(r => (r.Process, r.Syscall, r.Outcome, r.Count)));
        ProcessEnd end = Assert.Single(monitor.TakeEnds());
        Assert.Equal((launched.Pid, 9), (end.Pid, end.ExitCode));
        Assert.Equal(0, monitor.Alive);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Who_uses_io_uring_is_told_whether_the_ring_was_made_before_or_after(bool early)
    {
        using SyscallMonitor monitor = Open();
        using VictimProgram program = VictimProgram.Start("ring", early ? 1 : 0), other = VictimProgram.Start("calls", 1, 1, 0);
        monitor.Follow(program.Pid);
        monitor.Follow(other.Pid);
        other.Go();
        program.Go();
        if (program.WaitForExit() == 4) Assert.Skip("the kernel gives no rings (kernel.io_uring_disabled)");
        other.WaitForExit();
        monitor.Read(Time);
        Assert.Equal(["ring"], monitor.RingUsers);
    }

    [Fact]
    public void A_call_under_way_when_its_process_is_followed_is_not_counted()
    {
        using VictimProgram program = VictimProgram.Start("calls", 0, 0, 0);
        using SyscallMonitor monitor = Open();
        monitor.Follow(program.Pid);
        program.Go();
        program.WaitForExit();
        Assert.Equal(0, monitor.Read(Time).Rows.Count(Syscall.Named("read")));
    }
}
