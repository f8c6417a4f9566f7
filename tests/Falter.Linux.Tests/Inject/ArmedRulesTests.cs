using Falter.Inject;
using Falter.Records;

namespace Falter.Linux.Tests.Inject;

public class ArmedRulesTests
{
    private static readonly ulong[] s_arguments = [1, 2, 3, 4, 5, 6];
    private static readonly ulong[] s_otherArguments = [1, 2, 3, 4, 5, 7];

    private static ArmedRules Armed(string rule) => new(FaultRuleParser.Parse([rule]), 1);

    [Fact]
    public void A_call_that_comes_again_keeps_its_decision_and_counts_once()
    {
        ArmedRules armed = Armed("read:error=EIO:rate=50%");
        for (int call = 0; call < 1000; call++)
        {
            bool first = armed.OnEntry(7, 0, s_arguments).Acts;
            armed.Answered(7, delivered: false);
            Assert.Equal(first, armed.OnEntry(7, 0, s_arguments).Acts);
            armed.Answered(7, delivered: true);
        }
        InjectionCounts counts = Assert.Single(armed.Counts);
        Assert.Equal(1000, counts.Matched);
        Assert.InRange(counts.Injected, 400, 600);
    }

    [Fact]
    public void A_call_that_never_came_again_does_not_use_up_the_count()
    {
        ArmedRules armed = Armed("read:error=EIO:count=1");
        Assert.True(armed.OnEntry(7, 0, s_arguments).Acts);
        armed.Answered(7, delivered: false);
        Assert.True(armed.OnEntry(7, 0, s_otherArguments).Acts);
        armed.Answered(7, delivered: true);
        Assert.False(armed.OnEntry(7, 0, s_otherArguments).Acts);
        armed.Answered(7, delivered: true);
        Assert.Equal([new InjectionCounts(3, 1)], armed.Counts);
    }

    [Fact]
    public void A_call_that_is_made_again_on_purpose_is_another_call()
    {
        ArmedRules armed = Armed("read:error=EIO:count=2");
        for (int call = 0; call < 5; call++)
        {
            Assert.Equal(call < 2, armed.OnEntry(7, 0, s_arguments).Acts);
            armed.Answered(7, delivered: true);
        }
        Assert.Equal([new InjectionCounts(5, 2)], armed.Counts);
    }

    [Fact]
    public void Threads_draw_lots_of_their_own()
    {
        ArmedRules armed = Armed("read:error=EIO:rate=50%");
        var patterns = new HashSet<string>(StringComparer.Ordinal);
        for (int tid = 100; tid < 110; tid++)
        {
            string pattern = "";
            for (int call = 0; call < 40; call++)
            {
                pattern += armed.OnEntry(tid, 0, s_arguments).Acts ? '1' : '0';
                armed.Answered(tid, delivered: true);
            }
            patterns.Add(pattern);
        }
        Assert.Equal(10, patterns.Count);
    }

    [Fact]
    public void Many_short_lived_threads_are_forgotten()
    {
        ArmedRules armed = Armed("read:error=EIO");
        // Far above the largest possible number of a thread (4194304): none of them lives.
        for (int tid = 0; tid < 20_000; tid++)
        {
            Assert.True(armed.OnEntry(5_000_000 + tid, 0, s_arguments).Acts);
            armed.Answered(5_000_000 + tid, delivered: true);
        }
        Assert.True(armed.KnownThreads <= 4096);
        Assert.Equal([new InjectionCounts(20_000, 20_000)], armed.Counts);
    }

    [Fact]
    public void The_first_rule_that_acts_wins_and_every_rule_numbers_all_its_calls()
    {
        SyscallFault Nth(Errno errno, long number) => SyscallFault.Error([Syscall.Named("read")], errno) with { Condition = new CallCondition { When = new CallNumbers(number, null, 0) } };
        var armed = new ArmedRules([Nth(Errno.EINTR, 1), Nth(Errno.EPERM, 2), Nth(Errno.ESRCH, 2)], 1);
        var ends = new List<Errno?>();
        for (int call = 0; call < 4; call++)
        {
            ends.Add(armed.OnEntry(7, 0, s_arguments).Effect?.Error);
            armed.Answered(7, delivered: true);
        }
        Assert.Equal([Errno.EINTR, Errno.EPERM, null, null], ends);
        Assert.Equal([new InjectionCounts(4, 1), new InjectionCounts(4, 1), new InjectionCounts(4, 0)], armed.Counts);
        Assert.Equal(3, armed.Skipped[1][SkipReason.When]);
        Assert.Equal((1, 3), (armed.Skipped[2][SkipReason.Earlier], armed.Skipped[2][SkipReason.When]));
    }

    [Fact]
    public void A_rule_for_the_exit_is_asked_there_and_only_of_calls_that_were_not_acted_on()
    {
        SyscallFault before = SyscallFault.Error([Syscall.Named("read")], Errno.EINTR) with { Condition = new CallCondition { When = new CallNumbers(1, null, 0) } };
        SyscallFault after = SyscallFault.Error([Syscall.Named("read")], Errno.EPERM) with { Phase = FaultPhase.After };
        var armed = new ArmedRules([after, before], 1);
        Assert.Equal(Errno.EINTR, armed.OnEntry(7, 0, s_arguments).Effect?.Error);
        armed.Answered(7, delivered: true);
        Assert.True(armed.OnEntry(7, 0, s_arguments).AtExit);
        Assert.Equal(Errno.EPERM, armed.OnExit(7, failed: false).Effect?.Error);
        armed.Answered(7, delivered: true);
        Assert.True(armed.OnEntry(7, 0, s_arguments).AtExit);
        Assert.False(armed.OnExit(7, failed: true).Acts);
        Assert.Equal([new InjectionCounts(2, 1), new InjectionCounts(3, 1)], armed.Counts);
        Assert.Equal((1, 1), (armed.Skipped[0][SkipReason.Earlier], armed.Skipped[0][SkipReason.Failed]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Why_a_rule_for_the_exit_let_a_call_go_does_not_depend_on_its_place(bool first)
    {
        SyscallFault before = SyscallFault.Error([Syscall.Named("read")], Errno.EINTR) with { Condition = new CallCondition { When = new CallNumbers(1, 3, 1) } };
        SyscallFault after = SyscallFault.Error([Syscall.Named("read")], Errno.EPERM) with { Phase = FaultPhase.After, Condition = new CallCondition { When = new CallNumbers(3, null, 1) } };
        var armed = new ArmedRules(first ? [after, before] : [before, after], 1);
        for (int call = 0; call < 5; call++)
        {
            if (armed.OnEntry(7, 0, s_arguments).AtExit) armed.OnExit(7, failed: false);
            armed.Answered(7, delivered: true);
        }
        int rule = first ? 0 : 1;
        Assert.Equal((2, 1), (armed.Skipped[rule][SkipReason.When], armed.Skipped[rule][SkipReason.Earlier]));
        Assert.Equal(new InjectionCounts(5, 2), armed.Counts[rule]);
    }
}
