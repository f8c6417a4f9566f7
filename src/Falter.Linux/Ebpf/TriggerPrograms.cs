using Falter.Linux.Interop;
using Falter.Linux.Ptrace;
using Falter.Records;

namespace Falter.Linux.Ebpf;

/// <summary>A call at whose end a thread of the target was made to stop.</summary>
/// <param name="Slot">The slot of the rule that acts on it; where <paramref name="ByUser"/>, none yet.</param>
/// <param name="Ordinal">The order in which threads first met the plan's calls, from 0.</param>
/// <param name="Number">Number of the call on that thread in that slot, from 0.</param>
/// <param name="Syscall">The call.</param>
/// <param name="Signal">The signal that makes it stop.</param>
/// <param name="ByUser">Whether it is still to be decided whether a rule acts on it.</param>
/// <param name="Place">Where in the program it was made.</param>
public readonly record struct TriggeredCall(int Slot, int Ordinal, long Number, Syscall Syscall, int Signal, bool ByUser, TriggeredPlace Place);

/// <summary>Where a thread will be when it has returned from a call.</summary>
public readonly record struct TriggeredPlace(ulong Instruction, ulong Stack, long Entered)
{
    /// <summary>
    /// Whether these registers are those of the call's end. A signal handler that was set up meanwhile, or code that runs already because the kernel sent the signal
    /// too late, has others.
    /// </summary>
    public bool Is(in user_regs_struct registers) => registers.rip == Instruction && registers.rsp == Stack && (long)registers.orig_rax == Entered;
}

/// <summary>The program of <c>bpf/trigger.bpf.c</c>, loaded for one plan. For use by one thread at a time.</summary>
public sealed class TriggerPrograms : IDisposable
{
    /// <summary>What the members of <c>enum trigger_skip</c> are counted as, in its order.</summary>
    internal static IReadOnlyList<SkipReason> Reasons { get; } =
    [
        SkipReason.Argument, SkipReason.Descriptor, SkipReason.Failed, SkipReason.Earlier, SkipReason.Rate, SkipReason.When, SkipReason.Count, SkipReason.Time, SkipReason.Blocked,
    ];

    private readonly BpfObject _object;
    private readonly BpfMap<uint, TriggerCounts> _counts;
    private readonly BpfMap<uint, PendingCall> _pending;
    private readonly BpfMap<uint, ClosingPlace> _closing;
    private BpfLink? _link;

    private TriggerPrograms(BpfObject loaded)
    {
        _object = loaded;
        _counts = loaded.Map<uint, TriggerCounts>("counts");
        _pending = loaded.Map<uint, PendingCall>("pending");
        _closing = loaded.Map<uint, ClosingPlace>("closing");
    }

    /// <summary>Loads the program; it does nothing before <see cref="Attach"/>.</summary>
    /// <param name="plan">The rules; they have room.</param>
    /// <param name="seed">Decides the lots.</param>
    /// <param name="tracer">The thread whose tracees are the target.</param>
    /// <param name="armedAtNs">What the rules' times are counted from, on CLOCK_MONOTONIC.</param>
    /// <exception cref="FalterException">The kernel lacks a feature, a privilege or libbpf is missing.</exception>
    public static TriggerPrograms Load(TriggerPlan plan, ulong seed, int tracer, long armedAtNs)
    {
        BpfObject programs = BpfObject.Open("trigger.bpf.o");
        try
        {
            programs.Configure(new TriggerConfig { Seed = seed, Tracer = (uint)tracer });
            programs.Load();
            Fill(programs, plan, armedAtNs);
            return new TriggerPrograms(programs);
        }
        catch
        {
            programs.Dispose();
            throw;
        }
    }

    /// <summary>From now on the target's calls are decided.</summary>
    public void Attach() => _link ??= _object.Attach("end_call");

    /// <summary>When it returns, no call is being decided and none will be.</summary>
    public void Detach()
    {
        if (_link is null) return;
        _link.Dispose();
        _link = null;
        // The program may still run on another CPU, with preemption off. This waits until every CPU has been elsewhere (kernel/sched/membarrier.c, synchronize_rcu).
        Libc.Syscall(Libc.SYS_membarrier, Libc.MEMBARRIER_CMD_GLOBAL);
    }

    /// <summary>Takes the call at whose end the thread was made to stop; null where there is none.</summary>
    public TriggeredCall? Take(int tid)
    {
        if (_pending.Get((uint)tid) is not { } call) return null;
        _pending.Remove((uint)tid);
        return new TriggeredCall((int)call.Slot, (int)call.Ordinal, (long)call.Call, new Syscall((short)call.Nr), (int)call.Signal, call.ByUser != 0,
            new TriggeredPlace(call.Ip, call.Sp, call.InAx));
    }

    /// <summary>Makes the calls of <c>close</c> at this place Falter's own, so that no rule matches them; null: they are the thread's again.</summary>
    public void Own(int tid, TriggeredPlace? place)
    {
        if (place is { } at) _closing.TrySet((uint)tid, new ClosingPlace { Ip = at.Instruction, Sp = at.Stack });
        else _closing.Remove((uint)tid);
    }

    /// <summary>The threads that were made to stop and have not done so yet, or have ended before.</summary>
    public IReadOnlyList<int> Pending()
    {
        var tids = new List<int>();
        _pending.ForEach((in tid, values) => tids.Add((int)tid));
        return tids;
    }

    /// <summary>Calls that met a rule's predicates and were decided in the kernel.</summary>
    public long Matched(int rule) => _counts.GetPerCpu((uint)rule).Sum(c => (long)c.Matched);

    /// <summary>Calls that reached a rule and were not acted on by decision of the kernel side, by reason.</summary>
    public IEnumerable<(SkipReason Reason, long Count)> Skipped(int rule)
    {
        TriggerCounts[] counts = _counts.GetPerCpu((uint)rule);
        return Reasons.Select((reason, i) => (reason, counts.Sum(c => (long)c.Skipped[i]))).Where(r => r.Item2 > 0);
    }

    /// <summary>Detaches the program and frees what it counted.</summary>
    public void Dispose()
    {
        Detach();
        _object.Dispose();
    }

    private static void Fill(BpfObject loaded, TriggerPlan plan, long armedAtNs)
    {
        BpfMap<uint, TriggerCall> calls = loaded.Map<uint, TriggerCall>("calls");
        BpfMap<uint, TriggerSlot> slots = loaded.Map<uint, TriggerSlot>("slots");
        foreach (var ofCall in plan.Slots.Select((slot, number) => (slot.Rule, slot.Call, Number: number)).GroupBy(s => s.Call))
        {
            int[] numbers = [.. ofCall.Select(s => s.Number)];
            SyscallFault[] rules = [.. ofCall.Select(s => plan.Rules[s.Rule])];
            for (int i = 0; i < numbers.Length; i++)
            {
                TriggerSlot slot = SlotOf(rules[i], ofCall.Key, armedAtNs);
                slot.Rule = (uint)plan.Slots[numbers[i]].Rule;
                slot.Next = i + 1 < numbers.Length ? (uint)numbers[i + 1] + 1 : 0;
                slots.TrySet((uint)numbers[i], slot);
            }
            calls.TrySet((uint)ofCall.Key.Number, new TriggerCall
            {
                First = (uint)numbers[0] + 1,
                Flags = (plan.DecidedByUser.Contains(ofCall.Key) ? TriggerCall.ByUser : 0) | (rules.All(r => r.NeedsSuccess) ? TriggerCall.NeedsSuccess : 0),
            });
        }
    }

    private static TriggerSlot SlotOf(SyscallFault rule, Syscall call, long armedAtNs)
    {
        CallNumbers when = rule.Condition.When ?? new CallNumbers(1, null, 1);
        long begin = armedAtNs + Nanoseconds(rule.After);
        var slot = new TriggerSlot
        {
            Thresholds = LotThresholdsWire.Of(rule.Condition),
            WhenFirst = (ulong)when.First,
            WhenLast = (ulong)(when.Last ?? (when.Step == 0 ? when.First : long.MaxValue)),
            WhenStep = (ulong)when.Step,
            BeginNs = rule.After == TimeSpan.Zero ? 0 : (ulong)begin,
            EndNs = rule.For is { } length ? (ulong)(begin + Nanoseconds(length)) : ulong.MaxValue,
            Most = (ulong)(rule.Condition.Count ?? long.MaxValue),
            NeedsSuccess = rule.NeedsSuccess ? 1u : 0,
        };
        AskRegisters(ref slot, rule.Where, CallArguments.Of(call));
        return slot;
    }

    private static void AskRegisters(ref TriggerSlot slot, CallPredicates where, CallArguments form)
    {
        // More than there is room for: the call is decided by user space, and stops whatever its registers hold.
        if (where.Arguments.Count <= TriggerSlot.MostComparisons)
        {
            slot.ComparisonCount = (uint)where.Arguments.Count;
            for (int i = 0; i < where.Arguments.Count; i++)
            {
                slot.Comparisons[i] = new TriggerComparison { Index = (uint)where.Arguments[i].Index, Comparison = (uint)where.Arguments[i].Comparison, Value = where.Arguments[i].Value };
            }
        }
        if (where.Descriptors.Count > TriggerSlot.MostDescriptors) return;
        slot.DescriptorCount = (uint)where.Descriptors.Count;
        for (int i = 0; i < where.Descriptors.Count; i++) slot.Descriptors[i] = where.Descriptors[i];
        foreach (int index in form.Descriptors.Concat(form.Paths.Select(p => p.Folder).OfType<int>())) slot.DescriptorArguments |= 1u << index;
    }

    private static long Nanoseconds(TimeSpan time) => time.Ticks * TimeSpan.NanosecondsPerTick;
}
