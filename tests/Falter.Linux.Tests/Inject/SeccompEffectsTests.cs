using System.Globalization;
using Falter.Inject;
using Falter.Linux.Features;
using Falter.Linux.Launch;
using Falter.Linux.Seccomp;
using Falter.Records;

namespace Falter.Linux.Tests.Inject;

/// <summary>What seccomp user notification can do to a call besides failing it.</summary>
public sealed class SeccompEffectsTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);
    private static readonly Signal s_usr1 = new(10);

    public SeccompEffectsTests()
    {
        if (FeatureCatalogue.SeccompNotify.WhyNot() is { } reason) Assert.Skip(reason);
    }

    [Fact]
    public async Task A_value_is_returned_instead_of_the_result()
    {
        await using HeldRun run = HeldRun.Start(HeldRun.Rule(new SyscallEffect { ReturnValue = 424_242_424_242 }), true, "50", "2");
        await run.EndAsync();
        Assert.Equal(100, run.Calls.Count);
        Assert.All(run.Calls, call => Assert.Equal(424_242_424_242, call.Result));
        Assert.Equal([new InjectionCounts(100, 100)], run.Injector.Counts);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_delay_an_errno_and_a_signal_together(bool waitKillable)
    {
        var effect = new SyscallEffect { Error = new Errno(5), DelayEnter = HeldRun.Milliseconds(3), DelayExit = HeldRun.Milliseconds(4), Signal = s_usr1 };
        await using HeldRun run = HeldRun.Start(HeldRun.Rule(effect), waitKillable, "20", "2");
        await run.EndAsync();
        Assert.Equal(40, run.Calls.Count);
        Assert.All(run.Calls, call => Assert.Equal(-5, call.Result));
        Assert.All(run.Calls, call => Assert.True(call.Milliseconds >= 7, $"{call.Milliseconds} ms"));
        // One signal for each call, whose handler has run when the call returns.
        Assert.Equal(Enumerable.Range(1, 20).SelectMany(i => new[] { i, i }), run.Calls.Select(c => c.Signals).Order());
        Assert.Equal([new InjectionCounts(40, 40)], run.Injector.Counts);
    }

    [Fact]
    public async Task A_signal_alone_leaves_the_call_its_own_result()
    {
        await using HeldRun run = HeldRun.Start(HeldRun.Rule(new SyscallEffect { Signal = s_usr1 }), true, "30", "1");
        await run.EndAsync();
        Assert.All(run.Calls, call => Assert.Equal(Environment.ProcessId, call.Result));
        Assert.Equal(Enumerable.Range(1, 30), run.Calls.Select(c => c.Signals));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_call_that_is_held_holds_no_other_and_goes_on_when_the_rules_are_disarmed(bool fails)
    {
        var effect = new SyscallEffect { DelayEnter = HeldRun.Hour, Error = fails ? new Errno(5) : null };
        await using HeldRun run = HeldRun.Start(HeldRun.Rule(effect) with { Condition = new CallCondition { Count = 2 } }, true, "200", "5");
        HeldRun.Await(() => run.Output.Split("thread done").Length - 1 == 3, run.Output);
        Assert.False(run.Target.Exited.IsCompleted);
        Assert.Equal(0, run.Injector.Counts[0].Injected);
        run.Injector.Disarm();
        await run.EndAsync();
        Assert.Equal(1000, run.Calls.Count);
        Assert.All(run.Calls, call => Assert.Equal(Environment.ProcessId, call.Result));
        Assert.Equal(fails ? 0 : 2, run.Injector.Counts[0].Injected);
        Assert.Equal(fails ? 2 : 0, run.Injector.Skipped[0].GetValueOrDefault(SkipReason.Interrupted));
    }

    [Fact]
    public async Task Arming_anew_and_disposing_let_go_of_what_is_held()
    {
        SyscallFault hold = HeldRun.Rule(new SyscallEffect { DelayEnter = HeldRun.Hour });
        await using HeldRun run = HeldRun.Start(hold, true, "2", "20");
        HeldRun.Await(() => run.Injector.Counts[0].Matched == 20, "20 calls are held");
        run.Injector.Arm([hold], 1);
        HeldRun.Await(() => run.Injector.Counts[0].Matched == 20, "the next 20 are held");
        run.Injector.Dispose();
        await run.EndAsync();
        Assert.All(run.Calls, call => Assert.Equal(Environment.ProcessId, call.Result));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_target_that_takes_a_signal_every_5_ms_makes_progress_under_a_delay_of_20_ms(bool waitKillable)
    {
        await using HeldRun run = HeldRun.Start(HeldRun.Rule(new SyscallEffect { DelayEnter = HeldRun.Milliseconds(20) }), waitKillable, "25", "1", "signals");
        await run.EndAsync();
        Assert.Equal(25, run.Calls.Count);
        Assert.All(run.Calls, call => Assert.True(call.Milliseconds >= 20, $"{call.Milliseconds} ms"));
        Assert.Equal([new InjectionCounts(25, 25)], run.Injector.Counts);
        Assert.True(long.Parse(run.Output.Split("ended ")[1], CultureInfo.InvariantCulture) > 20, run.Output);
    }

    [Fact]
    public async Task When_there_is_no_room_for_another_held_call_it_goes_on_at_once_and_is_counted()
    {
        const int threads = Keeper.Slots + 100;
        await using HeldRun run = HeldRun.Start(HeldRun.Rule(new SyscallEffect { DelayEnter = HeldRun.Hour }), true, "1", $"{threads}");
        // One slot is there to receive to.
        HeldRun.Await(() => run.Injector.Skipped[0].GetValueOrDefault(SkipReason.Room) == threads - (Keeper.Slots - 1), "all others are held");
        run.Injector.Disarm();
        await run.EndAsync();
        Assert.Equal(new InjectionCounts(threads, Keeper.Slots - 1), run.Injector.Counts[0]);
    }

    [Fact]
    public async Task When_its_owner_is_gone_the_keeper_lets_all_calls_go_on_that_were_received()
    {
        SeccompListener? listener = null;
        using var folder = new TemporaryFolder();
        await using LaunchedProcess target = Launcher.Launch(new LaunchOptions { Command = [Victims.Path("held"), "3", "50"], OutputFile = folder["out"] },
            stopped => listener = SeccompInstallation.Install(stopped, [HeldRun.Getppid]));
        // What the kernel does when the owner is killed: its copies of the listener, the pipe and the memory are closed.
        using (SeccompListener own = listener!)
        using (Keeper keeper = Keeper.Start(InjectionRun.Keeper, own))
        {
            for (int slot = 0; slot < 50; slot++)
            {
                while (own.Receive(ref keeper[slot]) != Received.Call)
                {
                }
            }
            Assert.Equal(50, Enumerable.Range(0, 50).Select(slot => keeper[slot].pid).Distinct().Count());
        }
        Assert.True((await target.Exited.WaitAsync(s_limit)).IsSuccess);
        Assert.Equal(50, (await File.ReadAllTextAsync(folder["out"])).Split("thread done").Length - 1);
    }

    [Fact]
    public void What_cannot_be_done_before_a_call_is_refused_with_the_reason_and_the_alternative()
    {
        SyscallFault error = SyscallFault.Error([HeldRun.Getppid], new Errno(5));
        Assert.Null(SeccompInjector.RefusalOf(error));
        Assert.Null(SeccompInjector.RefusalOf(error with { Effect = error.Effect with { DelayExit = HeldRun.Hour } }));
        SyscallFault[] refused =
        [
            error with { Phase = FaultPhase.After },
            error with { Where = new CallPredicates { SuccessOnly = true } },
            error with { Effect = new SyscallEffect { Short = 0.5 } },
            error with { Effect = new SyscallEffect { DelayExit = HeldRun.Hour } },
            error with { Syscalls = [Syscall.Named("close_range")] },
        ];
        Assert.All(refused, rule => Assert.Contains("--mechanism ptrace", SeccompInjector.RefusalOf(rule)));
    }
}
