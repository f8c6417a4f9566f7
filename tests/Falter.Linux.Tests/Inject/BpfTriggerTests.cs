using Falter.Inject;
using Falter.Records;

namespace Falter.Linux.Tests.Inject;

/// <summary>Calls that are acted on after they were carried out, by a stop that an eBPF program asks for.</summary>
public sealed class BpfTriggerTests
{
    private static readonly Errno s_eio = new(5);

    private static ISyscallInjector Trigger(int pid)
    {
        if (BpfTriggerSupport.WhyNot() is { } reason) Assert.Skip(reason);
        return BpfTriggerInjector.Attach([pid]);
    }

    private static ISyscallInjector Ptrace(int pid) => PtraceInjector.Attach([pid]);

    private static SyscallFault After(string calls, SyscallEffect? effect = null) => new()
    {
        Syscalls = [.. calls.Split(',').Select(Syscall.Named)],
        Effect = effect ?? new SyscallEffect { Error = s_eio },
        Phase = FaultPhase.After,
    };

    private static SyscallFault Getppid(CallCondition condition) => After("getppid") with { Condition = condition };

    private static Task<AttachedRun> Run(SyscallFault rule, params string[] command) => AttachedRun.Of(Trigger, [rule], 1, null, command);

    [Theory]
    [InlineData(5)]
    [InlineData(133)]
    [InlineData(512)] // The kernel's own "make the call again", which must not be taken for it.
    [InlineData(516)]
    [InlineData(4095)]
    public async Task Exactly_the_injected_errno_arrives(short errno)
    {
        AttachedRun run = await Run(After("getppid", new SyscallEffect { Error = new Errno(errno) }), "injected", "getppid", "1000");
        Assert.Equal((1000, 0), (run.Ended(errno), run.Ended(0)));
        Assert.Equal([new InjectionCounts(1000, 1000)], run.Counts);
        Assert.Empty(run.Skipped[0]);
    }

    [Fact]
    public async Task A_returned_value_arrives_in_place_of_the_result()
    {
        AttachedRun run = await Run(After("getppid", new SyscallEffect { ReturnValue = 77 }), "triggered", "byvalue", "300");
        Assert.Equal(300, run.Ended(0));
        Assert.Equal(["value", "77", "300"], run.Line("value"));
    }

    [Fact]
    public async Task The_call_was_carried_out_and_no_descriptor_that_it_returned_stays_open()
    {
        using var folder = new TemporaryFolder();
        AttachedRun run = await Run(After("openat,pipe2,socket,socketpair,dup"), "triggered", "descriptors", "200", folder["file"]);
        Assert.Equal(1000, run.Ended(5));
        Assert.Equal(200, Directory.GetFiles(Path.GetDirectoryName(folder["file"])!, "file.*").Length);
        Assert.InRange(run.Number("open"), 1, 9);
        Assert.Equal([new InjectionCounts(1000, 1000)], run.Counts);
    }

    [Fact]
    public async Task Closing_a_returned_descriptor_is_no_call_of_the_target()
    {
        using var folder = new TemporaryFolder();
        AttachedRun run = await AttachedRun.Of(Trigger, [After("openat,pipe2"), After("close")], 1, null, "triggered", "descriptors", "50", folder["file"]);
        Assert.Equal([new InjectionCounts(100, 100), new InjectionCounts(0, 0)], run.Counts);
    }

    [Fact]
    public async Task Bytes_are_consumed_that_are_reported_as_not_read()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllBytesAsync(folder["data"], new byte[400]);
        AttachedRun run = await Run(After("read"), "injected", "read", "500", folder["data"]);
        // A read at the file's end succeeds, with 0.
        Assert.Equal((500, 400), (run.Ended(5), run.Number("position")));
    }

    [Theory]
    [InlineData(0.001)]
    [InlineData(0.05)]
    [InlineData(0.5)]
    public async Task The_rate_is_unbiased(double rate)
    {
        const int calls = 120_000;
        AttachedRun run = await AttachedRun.Of(Trigger, [Getppid(new CallCondition { Rate = rate })], 20_261_121, null, "injected", "getppid", $"{calls}");
        // 99.9 % of a binomial distribution lie within 3.29 standard deviations of the mean. The seed is fixed: so is the result.
        Assert.InRange(run.Ended(5) - calls * rate, -3.29 * Math.Sqrt(calls * rate * (1 - rate)), 3.29 * Math.Sqrt(calls * rate * (1 - rate)));
        Assert.Equal([new InjectionCounts(calls, run.Ended(5))], run.Counts);
        Assert.Equal(calls - run.Ended(5), run.Skipped[0][SkipReason.Rate]);
    }

    [Fact]
    public async Task Every_one_of_very_many_calls_fails_at_a_rate_of_1()
    {
        AttachedRun run = await Run(Getppid(CallCondition.Always), "injected", "getppid", "100000");
        Assert.Equal((100_000, 0), (run.Ended(5), run.Ended(0)));
        Assert.Equal([new InjectionCounts(100_000, 100_000)], run.Counts);
    }

    public static TheoryData<string, CallCondition> Conditions => new()
    {
        { "rate", new CallCondition { Rate = 0.3 } },
        { "burst", new CallCondition { Rate = 0.2, Burst = 5 } },
        { "when", new CallCondition { When = new CallNumbers(3, 900, 7) } },
        { "first", new CallCondition { When = new CallNumbers(4, null, 0) } },
        { "count", new CallCondition { Rate = 0.5, Count = 100 } },
    };

    [Theory]
    [MemberData(nameof(Conditions))]
    public async Task The_kernel_chooses_the_very_calls_that_ptrace_chooses(string name, CallCondition condition)
    {
        AttachedRun kernel = await AttachedRun.Of(Trigger, [Getppid(condition)], 7, null, "triggered", "pattern", "2000");
        AttachedRun ptrace = await AttachedRun.Of(Ptrace, [Getppid(condition)], 7, null, "triggered", "pattern", "2000");
        Assert.True(kernel.Line("pattern")[1].Contains('1', StringComparison.Ordinal), name);
        Assert.Equal(ptrace.Line("pattern")[1], kernel.Line("pattern")[1]);
        Assert.Equal(ptrace.Counts, kernel.Counts);
        Assert.Equal(ptrace.Skipped[0].OrderBy(s => s.Key), kernel.Skipped[0].OrderBy(s => s.Key));
    }

    [Fact]
    public async Task No_more_calls_than_the_count_fail_in_all_threads_and_children()
    {
        AttachedRun run = await Run(Getppid(new CallCondition { Rate = 0.5, Count = 7 }), "injected", "threads", "500", "4");
        Assert.Equal((7, 4 * 2 * 500 - 7), (run.Ended(5), run.Ended(0)));
        Assert.Equal([new InjectionCounts(4000, 7)], run.Counts);
    }

    [Fact]
    public async Task Threads_and_children_are_covered()
    {
        AttachedRun run = await Run(Getppid(CallCondition.Always), "injected", "threads", "500", "4");
        Assert.True(run.Status.IsSuccess, run.Output);
        Assert.Equal(4 * 2 * 500, run.Ended(5));
        Assert.Equal([new InjectionCounts(4000, 4000)], run.Counts);
    }

    [Fact]
    public async Task Registers_are_asked_in_the_kernel_and_the_first_rule_that_acts_wins()
    {
        SyscallFault fd = After("lseek") with { Where = new CallPredicates { Descriptors = [12, 13], Arguments = [new ArgumentPredicate(2, Comparison.Equal, 1)] } };
        SyscallFault argument = After("lseek", new SyscallEffect { Error = new Errno(12) }) with { Where = new CallPredicates { Arguments = [new ArgumentPredicate(0, Comparison.AtLeast, 13)] } };
        SyscallFault rest = After("lseek", new SyscallEffect { Error = new Errno(1) }) with { Condition = new CallCondition { When = new CallNumbers(1, null, 2) } };
        AttachedRun run = await AttachedRun.Of(Trigger, [fd, argument, rest], 1, null, "triggered", "arguments", "1000");
        // 12 and 13 fail with EIO, 14 to 19 with ENOMEM, 10 with EPERM: it is every second call, counted from the first.
        Assert.Equal((200, 600, 100, 100), (run.Ended(5), run.Ended(12), run.Ended(1), run.Ended(0)));
        Assert.Equal([new InjectionCounts(200, 200), new InjectionCounts(700, 600), new InjectionCounts(1000, 100)], run.Counts);
        Assert.Equal(800, run.Skipped[0][SkipReason.Descriptor]);
        // The 13s are the first rule's.
        Assert.Equal((300, 100), (run.Skipped[1][SkipReason.Argument], run.Skipped[1][SkipReason.Earlier]));
        Assert.Equal((500, 400), (run.Skipped[2][SkipReason.When], run.Skipped[2][SkipReason.Earlier]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Several_rules_share_a_call_as_in_all_mechanisms(bool decidedAtTheStop)
    {
        SyscallFault high = After("lseek") with { Where = new CallPredicates { Arguments = [new ArgumentPredicate(0, Comparison.AtLeast, 17)] }, Condition = new CallCondition { Rate = 0.5 } };
        IReadOnlyList<SyscallFault> rules = [high, .. SharedCall.Rules("lseek", FaultPhase.After)];
        // One that asks for a path moves all of them to user space. It is the last, so that the slots of the others stay theirs.
        SyscallFault elsewhere = After("lseek") with { Where = new CallPredicates { Paths = [new Glob("/nowhere/**")] } };
        var log = new List<InjectedCall>();
        AttachedRun run = await AttachedRun.Of(Trigger, decidedAtTheStop ? [.. rules, elsewhere] : rules, SharedCall.Seed, new ArmedOptions { Log = log.Add }, "triggered", "arguments", $"{SharedCall.Calls}");
        SharedCall.Expected(rules, number => 10 + (ulong)number % 10).AssertSame(log, [.. run.Counts.Take(rules.Count)], [.. run.Skipped.Take(rules.Count)]);
        if (decidedAtTheStop) Assert.Equal(SharedCall.Calls, run.Skipped[^1][SkipReason.Path]);
    }

    [Fact]
    public async Task A_rule_that_asks_for_a_path_is_decided_at_the_stop_and_so_are_its_neighbours()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllBytesAsync(folder["data"], new byte[400]);
        SyscallFault other = After("read", new SyscallEffect { Error = new Errno(1) }) with { Where = new CallPredicates { Paths = [new Glob("/nowhere/**")] } };
        SyscallFault path = After("read") with { Where = new CallPredicates { Paths = [new Glob($"{Path.GetDirectoryName(folder["data"])}/*")] }, Condition = new CallCondition { When = new CallNumbers(1, null, 2) } };
        var log = new List<InjectedCall>();
        AttachedRun run = await AttachedRun.Of(Trigger, [other, path], 1, new ArmedOptions { Log = log.Add }, "injected", "read", "300", folder["data"]);
        Assert.Equal((150, 150, 300), (run.Ended(5), run.Ended(0), run.Number("position")));
        Assert.Equal([new InjectionCounts(0, 0), new InjectionCounts(300, 150)], run.Counts);
        Assert.Equal(300, run.Skipped[0][SkipReason.Path]);
        Assert.All(log, call => Assert.Equal((folder["data"], "injected", 1), (call.Path, call.Process, call.Rule)));
        Assert.Equal(Enumerable.Range(0, 150).Select(i => 2L * i), log.Select(c => c.Call));
    }

    [Fact]
    public async Task The_log_names_what_was_decided_in_the_kernel()
    {
        var log = new List<InjectedCall>();
        AttachedRun run = await AttachedRun.Of(Trigger, [After("lseek") with { Condition = new CallCondition { When = new CallNumbers(5, null, 10) } }], 1, new ArmedOptions { Log = log.Add },
            "triggered", "arguments", "100");
        Assert.Equal(10, run.Ended(5));
        Assert.Equal(Enumerable.Range(0, 10).Select(i => 4L + 10 * i), log.Select(c => c.Call));
        Assert.All(log, c => Assert.Equal(("lseek", 14UL, "/dev/null", FaultPhase.After, 0), (c.Syscall.Name, c.Arguments[0], c.Path, c.Phase, c.ThreadOrdinal)));
    }

    [Fact]
    public async Task Calls_that_have_failed_by_themselves_are_counted_and_left_alone()
    {
        SyscallFault rule = After("close", new SyscallEffect { Error = new Errno(1) });
        AttachedRun run = await Run(rule, "triggered", "failing", "100");
        // By nature it is EBADF.
        Assert.Equal((100, 0), (run.Ended(9), run.Ended(1)));
        Assert.Equal((new InjectionCounts(0, 0), 100), (run.Counts[0], run.Skipped[0][SkipReason.Failed]));

        // A delay is for those, too.
        run = await Run(rule with { Effect = new SyscallEffect { DelayExit = new Delay(TimeSpan.FromMilliseconds(1), TimeSpan.Zero) } }, "triggered", "failing", "100");
        Assert.Equal((new InjectionCounts(100, 100), 100), (run.Counts[0], run.Ended(9)));
    }

    [Fact]
    public async Task A_thread_that_blocks_every_harmless_signal_is_left_alone_and_counted()
    {
        AttachedRun run = await Run(Getppid(CallCondition.Always), "triggered", "blocked", "500");
        Assert.Equal((0, 500), (run.Ended(5), run.Ended(0)));
        Assert.Equal([new InjectionCounts(500, 0)], run.Counts);
        Assert.Equal(500, run.Skipped[0][SkipReason.Blocked]);
    }

    [Fact]
    public async Task A_signal_that_is_not_blocked_and_has_no_handler_is_found()
    {
        AttachedRun run = await Run(Getppid(CallCondition.Always), "triggered", "some-blocked", "500");
        Assert.Equal((500, 0), (run.Ended(5), run.Number("usr1")));
    }

    [Fact]
    public async Task Real_signals_arrive_all_and_no_other()
    {
        AttachedRun run = await Run(Getppid(new CallCondition { Rate = 0.5 }), "triggered", "signals", "60000");
        string[] line = run.Line("sent");
        Assert.True(run.Number("sent") > 10, run.Output);
        Assert.Equal(line[1], line[3]);
        Assert.Equal("0", line[5]);
        Assert.Equal(run.Counts[0].Injected, run.Ended(5));
        Assert.Equal(60_000, run.Counts[0].Matched);
        Assert.Equal(60_000, run.Counts[0].Injected + run.Skipped[0].Values.Sum());
    }

    [Fact]
    public async Task A_target_that_gets_a_signal_every_millisecond_is_failed_exactly()
    {
        AttachedRun run = await Run(Getppid(CallCondition.Always), "triggered", "alarms", "50000");
        Assert.Equal(run.Counts[0].Injected, run.Ended(5));
        Assert.Equal(50_000, run.Ended(5) + run.Ended(0));
        Assert.Equal(0, run.Ended(0));
    }

    [Fact]
    public async Task A_signal_is_delivered_after_the_call()
    {
        AttachedRun run = await Run(After("getppid", new SyscallEffect { Signal = new Signal(10) }) with { Condition = new CallCondition { When = new CallNumbers(1, null, 4) } },
            "triggered", "usr1", "400");
        Assert.Equal((100, 400), (run.Number("usr1"), run.Ended(0)));
        Assert.Equal([new InjectionCounts(400, 100)], run.Counts);
    }

    [Fact]
    public async Task A_thread_is_held_after_its_call_and_the_others_run_on()
    {
        var delay = new Delay(TimeSpan.FromMilliseconds(20), TimeSpan.Zero);
        AttachedRun run = await Run(After("getpgrp", new SyscallEffect { DelayExit = delay, Error = s_eio }), "triggered", "held", "20");
        Assert.Equal(20, run.Ended(5));
        Assert.True(run.Number("shortest") >= 20_000_000, run.Output);
        Assert.True(run.Number("others") > 2000, run.Output);
    }

    [Fact]
    public async Task Time_is_kept_by_the_kernel()
    {
        SyscallFault never = Getppid(CallCondition.Always) with { After = TimeSpan.FromHours(1) };
        SyscallFault past = Getppid(CallCondition.Always) with { For = TimeSpan.FromTicks(1) };
        foreach (SyscallFault rule in (SyscallFault[])[never, past])
        {
            AttachedRun run = await Run(rule, "injected", "getppid", "100");
            Assert.Equal(100, run.Ended(0));
            Assert.Equal(100, run.Skipped[0][SkipReason.Time]);
        }
    }
}
