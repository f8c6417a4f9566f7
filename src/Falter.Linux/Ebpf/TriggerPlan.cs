using Falter.Records;

namespace Falter.Linux.Ebpf;

/// <summary>Rules as the kernel side of <c>bpf/trigger.bpf.c</c> sees them: their slots, and which calls it can decide by itself. Pure.</summary>
public sealed class TriggerPlan
{
    /// <summary>Pairs of a rule and a system call that one plan can have (<c>TRIGGER_SLOTS</c>).</summary>
    public const int MostSlots = 256;

    /// <summary>System calls have lower numbers (<c>TRIGGER_CALLS</c>).</summary>
    public const int Calls = 512;

    private readonly List<TriggerPlanSlot> _slots = [];

    /// <param name="rules">The rules, in order.</param>
    public TriggerPlan(IReadOnlyList<SyscallFault> rules)
    {
        Rules = rules;
        for (int rule = 0; rule < rules.Count; rule++)
        {
            // As ArmedRules numbers them.
            foreach (Syscall call in rules[rule].Syscalls.Where(c => c.Number >= 0)) _slots.Add(new TriggerPlanSlot(rule, call));
        }
        DecidedByUser = ByUser();
    }

    /// <summary>The rules, in order.</summary>
    public IReadOnlyList<SyscallFault> Rules { get; }

    /// <summary>
    /// Calls that only user space can decide: each of them stops, unless its registers are enough to see that no rule acts. All rules of such a call are decided
    /// there, so that the first that acts wins; and all calls of such a rule where it has a count, which must be kept in one place.
    /// </summary>
    public IReadOnlySet<Syscall> DecidedByUser { get; }

    /// <summary>Why the kernel side has no room for these rules; null where it has.</summary>
    public string? Refusal => _slots.Count > MostSlots
        ? $"the rules name {_slots.Count} system calls together, and the bpf-trigger mechanism has room for {MostSlots}; name fewer, or take --mechanism ptrace"
        : null;

    internal IReadOnlyList<TriggerPlanSlot> Slots => _slots;

    /// <summary>Whether the registers are enough for a rule, and the kernel side has room for what it asks.</summary>
    private static bool IsForKernel(SyscallFault rule) =>
        rule.Where.OnlyRegisters && rule.Where.Arguments.Count <= TriggerSlot.MostComparisons && rule.Where.Descriptors.Count <= TriggerSlot.MostDescriptors;

    private HashSet<Syscall> ByUser()
    {
        HashSet<Syscall> calls = [.. Rules.Where(r => !IsForKernel(r)).SelectMany(r => r.Syscalls)];
        int before;
        do
        {
            before = calls.Count;
            foreach (SyscallFault rule in Rules.Where(r => r.Condition.Count is not null && r.Syscalls.Any(calls.Contains))) calls.UnionWith(rule.Syscalls);
        }
        while (calls.Count > before);
        return calls;
    }
}

/// <summary>One rule for one system call.</summary>
internal readonly record struct TriggerPlanSlot(int Rule, Syscall Call);
