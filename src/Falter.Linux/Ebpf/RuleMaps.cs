using System.Diagnostics;
using Falter.Records;

namespace Falter.Linux.Ebpf;

/// <summary>The maps of bpf/rules.h: rules on their way in, counts on their way out. The rules do not change as long as the programs are loaded.</summary>
internal sealed class RuleMaps
{
    // FALTER_MOST_RULES
    internal const int MostRules = 64;

    private readonly IReadOnlyList<SyscallFault> _rules;
    private readonly long _armedAt = Stopwatch.GetTimestamp();
    private readonly BpfMap<uint, RuleCounts> _counts;
    private readonly BpfMap<InjectedKey, ulong> _injected;
    private readonly BpfMap<uint, Injection> _log;
    private readonly BpfMap<uint, ulong> _untold;

    /// <summary>Fills the maps. Before the first program is attached.</summary>
    public RuleMaps(BpfObject loaded, IReadOnlyList<SyscallFault> rules)
    {
        _rules = rules;
        _counts = loaded.Map<uint, RuleCounts>("counts");
        _injected = loaded.Map<InjectedKey, ulong>("injected");
        _log = loaded.Map<uint, Injection>("injections");
        _untold = loaded.Map<uint, ulong>("untold");
        BpfMap<uint, ArmedRule> words = loaded.Map<uint, ArmedRule>("rules");
        for (int i = 0; i < rules.Count; i++) words.TrySet((uint)i, RuleWords.Of(rules[i], _armedAt));
        BpfMap<uint, CallRules> calls = loaded.Map<uint, CallRules>("calls");
        foreach ((uint number, CallRules named) in ByCall(rules)) calls.TrySet(number, named);
    }

    /// <summary>What each rule has done.</summary>
    public IReadOnlyList<InjectionCounts> Counts => [.. Read().Select(c => new InjectionCounts((long)c.Matched, (long)c.Injected))];

    /// <summary>For each rule, the calls that reached it and were not acted on, by reason.</summary>
    public IReadOnlyList<IReadOnlyDictionary<SkipReason, long>> Skipped =>
        [.. Read().Select(c => Enum.GetValues<SkipReason>().Where(s => c.Skipped[(int)s] > 0).ToDictionary(s => s, s => (long)c.Skipped[(int)s]))];

    /// <summary>Calls that were failed, by who made them.</summary>
    public IReadOnlyList<InjectedCalls> Injected
    {
        get
        {
            var rows = new List<InjectedCalls>();
            _injected.ForEach((in key, values) => rows.Add(new InjectedCalls(NameOf(key.Process), new Syscall((short)key.Nr), new Errno((short)key.Error), (long)values[0])));
            return rows;
        }
    }

    /// <summary>Injected calls that found no room where they are told: they are in <see cref="Counts"/> all the same.</summary>
    public long Untold => (long)_untold.Get(0)!.Value;

    /// <summary>Takes the injected calls that wait, oldest first.</summary>
    public IEnumerable<InjectedCall> TakeLog()
    {
        while (_log.Pop() is { } injection) yield return Record(injection);
    }

    private IEnumerable<RuleCounts> Read() => Enumerable.Range(0, _rules.Count).Select(i => _counts.Get((uint)i)!.Value);

    /// <summary>Slots are numbered as in <see cref="Decision"/>: rule by rule, calls in the rule's order.</summary>
    private static Dictionary<uint, CallRules> ByCall(IReadOnlyList<SyscallFault> rules)
    {
        var byCall = new Dictionary<uint, CallRules>();
        int slot = 0;
        for (int rule = 0; rule < rules.Count; rule++)
        {
            foreach (Syscall call in rules[rule].Syscalls.Where(c => c.Number >= 0))
            {
                CallRules named = byCall.GetValueOrDefault((uint)call.Number);
                named.Candidates[(int)named.Count++] = new CandidateWire { Rule = (ushort)rule, Slot = (ushort)slot++, Descriptors = RuleWords.DescriptorArguments(call) };
                byCall[(uint)call.Number] = named;
            }
        }
        return byCall;
    }

    private InjectedCall Record(in Injection injection) => new()
    {
        // Stopwatch and the programs read the same clock, in nanoseconds.
        Milliseconds = ((long)injection.AtNs - _armedAt) / 1e6,
        Rule = (int)injection.Rule,
        Pid = (int)injection.Pid,
        Tid = (int)injection.Tid,
        Process = NameOf(injection.Process),
        Syscall = new Syscall((short)injection.Nr),
        Arguments = injection.HasArguments == 0 ? [] : [.. (ReadOnlySpan<ulong>)injection.Arguments],
        ThreadOrdinal = (int)injection.Ordinal,
        Call = (long)injection.Call,
        Peer = RuleWords.Peer(injection)?.ToString(),
        Phase = _rules[(int)injection.Rule].Phase,
        Effect = _rules[(int)injection.Rule].Effect,
    };

    private static string NameOf(ProcessName.Characters text) => new ProcessName { Text = text }.ToString();
}
