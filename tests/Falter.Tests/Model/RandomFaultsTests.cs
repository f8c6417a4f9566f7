using Falter.Model;
using Falter.Records;

namespace Falter.Tests.Model;

public class RandomFaultsTests
{
    private static readonly ErrorModel[] s_realistic =
    [
        Model("openat", Errno.ENOENT, 0.1), Model("read", Errno.EAGAIN, 0.4), Model("futex", Errno.EAGAIN, 0.02), Model("accept4", Errno.EAGAIN, 0.6),
    ];

    [Fact]
    public void As_many_faults_as_realistic_ones_at_their_rates_and_none_of_them()
    {
        for (ulong seed = 0; seed < 200; seed++)
        {
            IReadOnlyList<FaultPlan> plans = RandomFaults.Plans(Observed("openat", "read", "write"), s_realistic, seed, firstNumber: 3);
            Assert.Equal([3, 4, 5, 6], plans.Select(p => p.Number));
            SyscallFault[] faults = [.. plans.Select(p => (SyscallFault)p.Faults.Single().Fault)];
            Assert.Equal(s_realistic.Select(m => m.InjectionProbability ?? m.InjectedRate).Order(), faults.Select(f => f.Condition.Rate).Order());
            Assert.Equal(4, plans.Select(p => p.Name).Distinct().Count());
            Assert.All(plans, p => Assert.Equal(PlanOrigin.Random, p.Origin));
            Assert.DoesNotContain(faults, f => s_realistic.Any(m => f.Syscalls.Contains(m.Syscall) && f.Effect.Error == m.Errno));
            Assert.All(faults, f => Assert.Contains(f.Syscalls.Single().Name, new[] { "openat", "read", "write" }));
        }
    }

    [Fact]
    public void The_same_seed_draws_the_same_and_another_one_others()
    {
        string Of(ulong seed) => string.Join('\n', RandomFaults.Plans(Observed("openat", "read", "write"), s_realistic, seed).Select(p => p.Faults[0].ToString()));
        Assert.Equal(Of(7), Of(7));
        Assert.True(Enumerable.Range(0, 50).Select(s => Of((ulong)s)).Distinct().Count() > 45);
    }

    [Fact]
    public void Every_call_and_many_errnos_come_up_alike()
    {
        var drawn = Enumerable.Range(0, 500).SelectMany(s => RandomFaults.Plans(Observed("openat", "read", "write"), s_realistic, (ulong)s)).Select(p => (SyscallFault)p.Faults[0].Fault).ToList();
        // 2000 draws of three calls: 667 each, with a standard deviation of 21.
        Assert.All(drawn.GroupBy(f => f.Syscalls[0]), g => Assert.InRange(g.Count(), 560, 770));
        Assert.True(drawn.Select(f => f.Effect.Error).Distinct().Count() > 100);
    }

    [Fact]
    public void Calls_that_never_return_are_not_drawn_and_without_calls_there_is_nothing_to_draw()
    {
        Assert.Empty(RandomFaults.Plans(Observed("exit_group", "exit"), s_realistic, 1));
        Assert.Empty(RandomFaults.Plans(Observed(), s_realistic, 1));
    }

    private static ErrorModel Model(string syscall, Errno errno, double rate) => ErrorModelSynthesizer.Model(Syscall.Named(syscall), errno, 100, 1000, [rate, rate, rate], new ErrorModelOptions());

    private static ErrorWindow Observed(params string[] calls) => new() { Series = [], Invocations = calls.ToDictionary(c => ("", Syscall.Named(c)), _ => 100L), Intervals = 10 };
}
