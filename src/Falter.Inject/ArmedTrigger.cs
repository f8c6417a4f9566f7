using Falter.Linux.Ebpf;
using Falter.Records;

namespace Falter.Inject;

/// <summary>
/// Rules that are armed in the kernel and here: the kernel side decides what it can and counts it, these decide and count the rest, and what was acted on. Once
/// disarmed, only the counts are left. Not thread-safe.
/// </summary>
internal sealed class ArmedTrigger(IReadOnlyList<SyscallFault> rules, ArmedRules decided, TriggerPrograms programs)
{
    private long[]? _finalMatched;
    private IReadOnlyList<(SkipReason Reason, long Count)>[]? _finalSkipped;

    public ArmedRules Rules => decided;

    public TriggerPrograms Programs => programs;

    public IReadOnlyList<InjectionCounts> Counts =>
        [.. decided.Counts.Select((c, rule) => c with { Matched = c.Matched + (_finalMatched?[rule] ?? programs.Matched(rule)) })];

    public IReadOnlyList<IReadOnlyDictionary<SkipReason, long>> Skipped =>
        [.. decided.Skipped.Select((here, rule) => Sum(here, _finalSkipped?[rule] ?? [.. programs.Skipped(rule)]))];

    /// <summary>Keeps the kernel side's counts and lets go of it.</summary>
    public void Close()
    {
        _finalMatched = [.. rules.Select((_, rule) => programs.Matched(rule))];
        _finalSkipped = [.. rules.Select((_, rule) => programs.Skipped(rule).ToList())];
        programs.Dispose();
    }

    private static Dictionary<SkipReason, long> Sum(IReadOnlyDictionary<SkipReason, long> here, IEnumerable<(SkipReason Reason, long Count)> there)
    {
        var sum = here.ToDictionary(s => s.Key, s => s.Value);
        foreach ((SkipReason reason, long count) in there) sum[reason] = sum.GetValueOrDefault(reason) + count;
        return sum;
    }
}
