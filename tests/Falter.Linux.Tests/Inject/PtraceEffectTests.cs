using System.Diagnostics;
using System.Globalization;
using Falter.Inject;
using Falter.Linux.Launch;
using Falter.Records;
using static Falter.Linux.Tests.Inject.EffectRun;

namespace Falter.Linux.Tests.Inject;

/// <summary>Every effect of a rule, before and after, on running targets.</summary>
public sealed class PtraceEffectTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);
    private static readonly Errno s_eio = new(5);

    private static Delay For(int milliseconds) => new(TimeSpan.FromMilliseconds(milliseconds), TimeSpan.Zero);

    [Fact]
    public async Task A_call_that_is_failed_after_it_opened_descriptors_leaves_none_and_no_register_changed()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["file"], "");
        const string calls = "open creat openat openat2 dup socket accept accept4 pipe pipe2 socketpair epoll_create epoll_create1 eventfd eventfd2 timerfd_create signalfd signalfd4 " +
            "memfd_create inotify_init inotify_init1 pidfd_open perf_event_open io_uring_setup fsopen open_tree landlock_create_ruleset dup2 dup3";
        EffectRun run = await Of(Rule(calls, new SyscallEffect { Error = s_eio }, FaultPhase.After), "descriptors", folder["file"]);
        Assert.True(run.Status.IsSuccess);
        int failed = 0;
        foreach (string call in calls.Split(' '))
        {
            long[] seen = run[call]!;
            // What this kernel or this user may not do fails by itself, and is not failed afterwards.
            if (seen[1] != s_eio.Number)
            {
                Assert.Equal((call, -1, 0), (call, seen[0], seen[2]));
                continue;
            }
            failed++;
            // The number that dup2 and dup3 are told stays as they made it: their caller knows it.
            Assert.Equal((call, -1, call is "dup2" or "dup3" ? 1 : 0, 0), (call, seen[0], seen[2], seen[3]));
        }
        Assert.True(failed > 20, string.Join('\n', run.Lines));
        Assert.Equal([new InjectionCounts(failed, failed)], run.Counts);
    }

    [Fact]
    public async Task A_value_returned_in_place_of_a_descriptor_closes_it()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["file"], "");
        EffectRun run = await Of(Rule("openat", new SyscallEffect { ReturnValue = 777 }, FaultPhase.After), "descriptors", folder["file"]);
        Assert.Equal([777, 0, 0, 0], run["openat"]!);
    }

    [Theory]
    [InlineData(FaultPhase.Before)]
    [InlineData(FaultPhase.After)]
    public async Task A_result_is_replaced(FaultPhase phase)
    {
        EffectRun run = await Of(Rule("getppid", new SyscallEffect { Error = new Errno(513) }, phase), "choices", "50");
        // Not even an errno that the kernel keeps for itself makes it do the call again.
        Assert.Equal([new InjectionCounts(50, 50)], run.Counts);
        EffectRun other = await Of(Rule("getppid", new SyscallEffect { ReturnValue = 42 }, phase), "registers", "50");
        Assert.Equal([0], other["registers"]!);
        Assert.Equal([new InjectionCounts(50, 50)], other.Counts);
    }

    [Theory]
    [InlineData(0.5, 50)]
    [InlineData(0.001, 1)]
    public async Task A_short_read_reads_less_and_leaves_its_arguments_alone(double share, int bytes)
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllBytesAsync(folder["bytes"], new byte[100]);
        EffectRun run = await Of(Rule("read", new SyscallEffect { Short = share }), "short", "20", folder["bytes"]);
        string[] reads = [.. run.Lines.Where(l => l.StartsWith("short", StringComparison.Ordinal))];
        Assert.Equal(20, reads.Length);
        Assert.All(reads, l => Assert.Equal($"short {bytes} 0", l));
        Assert.Equal([new InjectionCounts(20, 20)], run.Counts);
    }

    [Fact]
    public async Task A_short_read_that_signals_interrupt_is_one_call_and_stays_short()
    {
        EffectRun run = await Of(Rule("read", new SyscallEffect { Short = 0.5, DelayEnter = For(20) }), "wait");
        long[] seen = run["wait"]!;
        Assert.Equal([50, 0], seen[..2]);
        Assert.True(seen[2] >= 3, $"{seen[2]} signals");
        Assert.Equal([new InjectionCounts(1, 1)], run.Counts);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_thread_that_is_held_holds_no_other(bool atEntry)
    {
        var effect = new SyscallEffect { DelayEnter = atEntry ? For(40) : null, DelayExit = atEntry ? null : For(40) };
        EffectRun run = await Of(Rule("getpgrp", effect), "held", "5");
        long[] seen = run["held"]!;
        Assert.True(seen[0] >= 5 * 40_000_000L, $"{seen[0]} ns");
        Assert.True(seen[1] > 50, $"{seen[1]} calls of the other thread");
        Assert.Equal([new InjectionCounts(5, 5)], run.Counts);
        Assert.All(run.Log, c => Assert.Equal(40, c.DelayMilliseconds));
    }

    [Theory]
    [InlineData(FaultPhase.Before, true)]
    [InlineData(FaultPhase.After, false)]
    public async Task A_signal_every_5_ms_under_a_delay_of_20_ms_does_not_stop_progress(FaultPhase phase, bool atEntry)
    {
        var effect = new SyscallEffect { Error = s_eio, DelayEnter = atEntry ? For(20) : null, DelayExit = atEntry ? null : For(20) };
        EffectRun run = await Of(Rule("getppid getpgrp read", effect, phase), "progress", "10");
        long[] seen = run["progress"]!;
        Assert.Equal(30, seen[0]);
        Assert.True(seen[1] >= 10, $"{seen[1]} signals");
        Assert.Equal([new InjectionCounts(30, 30)], run.Counts);
    }

    [Theory]
    [InlineData(FaultPhase.Before)]
    [InlineData(FaultPhase.After)]
    public async Task A_signal_goes_to_the_calling_thread(FaultPhase phase)
    {
        Assert.True(Signal.TryParse("SIGUSR1", out Signal usr1));
        EffectRun run = await Of(Rule("getppid", new SyscallEffect { Signal = usr1, Error = s_eio }, phase), "signals", "200");
        Assert.Equal([200, 0, 200], run["signals"]!);
        Assert.Equal([new InjectionCounts(200, 200)], run.Counts);
    }

    [Fact]
    public async Task A_process_that_was_created_lives_although_its_creator_was_told_otherwise()
    {
        EffectRun run = await Of(Rule("vfork", new SyscallEffect { Error = new Errno(11) }, FaultPhase.After), "births");
        Assert.Equal([-1, 11, 1], run["births"]!);
        EffectRun before = await Of(Rule("vfork", new SyscallEffect { Error = new Errno(11) }), "births");
        Assert.Equal([-1, 11, 0], before["births"]!);
    }

    [Fact]
    public async Task Disarming_and_disposing_let_held_threads_go_at_once()
    {
        for (int round = 0; round < 2; round++)
        {
            using var folder = new TemporaryFolder();
            await using LaunchedProcess target = Launcher.Launch(new LaunchOptions { Command = [Victims.Path("busy"), "3"], OutputFile = folder["out"] });
            using var injector = PtraceInjector.Attach([target.Pid]);
            injector.Arm([Rule("getppid read openat", new SyscallEffect { DelayEnter = For(50_000) })], 1);
            Assert.True(SpinWait.SpinUntil(() => injector.Counts[0].Matched >= 3, s_limit));
            long start = Stopwatch.GetTimestamp();
            if (round == 0) injector.Disarm();
            else injector.Dispose();
            target.Signal(15);
            Assert.True((await target.Exited.WaitAsync(s_limit)).IsSuccess);
            // Far from the 50 s of the rule.
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(25));
            Assert.True(injector.Counts[0].Injected >= 3);
        }
    }

    [Fact]
    public async Task A_held_thread_can_be_killed_and_a_target_that_is_gone_keeps_its_counts()
    {
        await using LaunchedProcess target = Launcher.Launch(new LaunchOptions { Command = [Victims.Path("busy"), "3"], OutputFile = "/dev/null" });
        using var injector = PtraceInjector.Attach([target.Pid]);
        injector.Arm([Rule("getppid read openat", new SyscallEffect { DelayEnter = For(50_000) })], 1);
        Assert.True(SpinWait.SpinUntil(() => injector.Counts[0].Matched >= 3, s_limit));
        target.Signal(9);
        Assert.Equal(9, (await target.Exited.WaitAsync(s_limit)).Signal);
        await injector.Ended.WaitAsync(s_limit);
        Assert.True(injector.TargetGone);
        Assert.True(injector.Counts[0].Matched >= 3);
        Assert.Null(injector.Failure);
    }

    [Fact]
    public async Task Releasing_waits_until_descriptors_are_closed()
    {
        for (int round = 0; round < 10; round++)
        {
            using var folder = new TemporaryFolder();
            await using LaunchedProcess target = Launcher.Launch(new LaunchOptions { Command = [Victims.Path("effects"), "opens", "/dev/null"], OutputFile = folder["out"] });
            Assert.True(SpinWait.SpinUntil(() => File.ReadAllText(folder["out"]).Contains("ready", StringComparison.Ordinal), s_limit));
            using var injector = PtraceInjector.Attach([target.Pid]);
            injector.Arm([Rule("openat", new SyscallEffect { Error = s_eio }, FaultPhase.After)], 1);
            Assert.True(SpinWait.SpinUntil(() => injector.Counts[0].Injected > 20 + round, s_limit));
            injector.Dispose();
            target.Signal(15);
            Assert.True((await target.Exited.WaitAsync(s_limit)).IsSuccess);
            long[] seen = [.. (await File.ReadAllLinesAsync(folder["out"])).Last().Split(' ').Skip(1).Select(n => long.Parse(n, CultureInfo.InvariantCulture))];
            Assert.Equal(injector.Counts[0].Injected, seen[1]);
            Assert.Equal([0, 0], seen[2..]);
        }
    }

    [Fact]
    public async Task The_tracer_goes_to_its_targets_processor_and_never_moves_the_target()
    {
        await using LaunchedProcess target = Launcher.Launch(new LaunchOptions { Command = [Victims.Path("effects"), "choices", "100000000"], OutputFile = "/dev/null" });
        string Allowed() => File.ReadLines($"/proc/{target.Pid}/status").First(l => l.StartsWith("Cpus_allowed:", StringComparison.Ordinal));
        string before = Allowed();
        using var injector = PtraceInjector.Attach([target.Pid]);
        injector.Arm([Rule("getppid", new SyscallEffect { Error = s_eio })], 1);
        Assert.True(SpinWait.SpinUntil(() => injector.Processor is not null, s_limit));
        Assert.Equal(before, Allowed());
        injector.Disarm();
        Assert.Null(injector.Processor);
        Assert.Equal(before, Allowed());
        target.Signal(9);
        await target.Exited.WaitAsync(s_limit);
    }

    [Theory]
    [InlineData("execve", FaultPhase.After, "error", "phase=before")]
    [InlineData("exit_group", FaultPhase.Before, "error", "delay_enter")]
    [InlineData("rt_sigreturn", FaultPhase.Before, "value", "delay_enter")]
    [InlineData("clone", FaultPhase.After, "error", "phase=before")]
    [InlineData("restart_syscall", FaultPhase.Before, "error", "name that call")]
    [InlineData("readv", FaultPhase.Before, "short", "use read")]
    [InlineData("read", FaultPhase.After, "short", "phase=before")]
    [InlineData("read", FaultPhase.After, "delay", "delay_exit")]
    public void What_cannot_be_done_is_refused_with_the_nearest_alternative(string call, FaultPhase phase, string effect, string alternative)
    {
        SyscallFault rule = Rule(call, effect switch
        {
            "error" => new SyscallEffect { Error = s_eio },
            "value" => new SyscallEffect { ReturnValue = 0 },
            "short" => new SyscallEffect { Short = 0.5 },
            _ => new SyscallEffect { DelayEnter = For(5) },
        }, phase);
        Assert.Contains(alternative, PtraceInjector.RefusalOf(rule), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("execve", FaultPhase.Before)]
    [InlineData("vfork", FaultPhase.After)]
    [InlineData("clone", FaultPhase.Before)]
    [InlineData("openat", FaultPhase.After)]
    public void What_can_be_done_is_not_refused(string call, FaultPhase phase) => Assert.Null(PtraceInjector.RefusalOf(Rule(call, new SyscallEffect { Error = s_eio }, phase)));
}
