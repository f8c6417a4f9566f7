using Falter.Inject;
using Falter.Linux.Ebpf;
using Falter.Records;

namespace Falter.Linux.Tests.Inject;

public sealed class BpfTriggerRefusalTests
{
    private static readonly Delay s_delay = new(TimeSpan.FromMilliseconds(1), TimeSpan.Zero);

    private static SyscallFault Rule(string call, SyscallEffect effect, FaultPhase phase = FaultPhase.After) =>
        new() { Syscalls = [.. call.Split(',').Select(Syscall.Named)], Effect = effect, Phase = phase };

    public static TheoryData<SyscallFault, string> Refused => new()
    {
        { Rule("read", new SyscallEffect { Error = new Errno(5) }, FaultPhase.Before), "phase=after" },
        { Rule("read", new SyscallEffect { DelayEnter = s_delay }), "delay_exit=" },
        { Rule("read", new SyscallEffect { Short = 0.5 }), "--mechanism ptrace" },
        { Rule("read,execve", new SyscallEffect { Error = new Errno(5) }), "execve does not return" },
        { Rule("exit_group", new SyscallEffect { Signal = new Signal(10) }), "never returns" },
        { Rule("clone", new SyscallEffect { Error = new Errno(11) }), "phase=before" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_cannot_be_done_after_a_call_is_refused_with_the_alternative(SyscallFault rule, string alternative) =>
        Assert.Contains(alternative, BpfTriggerSupport.RefusalOf(rule));

    [Fact]
    public void What_can_be_done_is_not_refused()
    {
        foreach (SyscallEffect effect in (SyscallEffect[])[new() { Error = new Errno(5) }, new() { ReturnValue = 3 }, new() { Signal = new Signal(10) }, new() { DelayExit = s_delay }])
        {
            Assert.Null(BpfTriggerSupport.RefusalOf(Rule("read", effect)));
        }
    }

    [Fact]
    public void More_slots_than_the_kernel_side_has_are_refused()
    {
        SyscallFault all = new() { Syscalls = [.. Enumerable.Range(0, TriggerPlan.MostSlots).Select(n => new Syscall((short)n))], Effect = new SyscallEffect { Error = new Errno(5) }, Phase = FaultPhase.After };
        Assert.Null(new TriggerPlan([all]).Refusal);
        Assert.Contains("257", new TriggerPlan([all, all with { Syscalls = [Syscall.Named("read")] }]).Refusal);
    }

    [Fact]
    public void Calls_are_left_to_user_space_only_where_a_rule_needs_it()
    {
        SyscallFault plain = Rule("read,write", new SyscallEffect { Error = new Errno(5) });
        SyscallFault path = Rule("write,fsync", new SyscallEffect { Error = new Errno(5) }) with { Where = new CallPredicates { Paths = [new Glob("/x")] } };
        SyscallFault counted = plain with { Condition = new CallCondition { Count = 3 } };
        Assert.Empty(new TriggerPlan([plain]).DecidedByUser);
        Assert.Equal(["fsync", "write"], Names(plain, path));
        // The count is kept in one place: so its other call goes there too, and what shares that with it.
        Assert.Equal(["close", "fsync", "read", "write"], Names(counted, path, Rule("read,close", plain.Effect) with { Condition = new CallCondition { Count = 1 } }));
        Assert.Contains("fsync", BpfTriggerSupport.CostOf([plain, path]));
        Assert.DoesNotContain("stops that", BpfTriggerSupport.CostOf([plain]));

        static IEnumerable<string> Names(params SyscallFault[] rules) => new TriggerPlan(rules).DecidedByUser.Select(c => c.Name).Order(StringComparer.Ordinal);
    }
}
