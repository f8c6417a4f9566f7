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
}
