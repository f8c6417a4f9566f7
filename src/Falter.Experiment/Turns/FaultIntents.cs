using Falter.Inject;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>The lines of a turn's faults in <c>faults.jsonl</c>: what is going to be done by which mechanism, and how it ends, known before anything is armed.</summary>
/// <param name="system">What they are armed on.</param>
/// <param name="plan">The plan.</param>
/// <param name="turn">The turn.</param>
/// <param name="seed">What lots are drawn from.</param>
/// <param name="limit">After how long the faults end by themselves.</param>
internal sealed class FaultIntents(SystemInstance system, FaultPlan plan, Turn turn, ulong seed, TimeSpan limit)
{
    private readonly IReadOnlyList<(string Mechanism, string Undo)> _known = [.. plan.Faults.Select(f => Known(system, f))];

    /// <summary>One line per fault.</summary>
    /// <param name="step"><c>intent</c>, <c>armed</c> or <c>undone</c>.</param>
    /// <param name="counts">One per fault; null before they are undone.</param>
    public IEnumerable<FaultRecord> Records(string step, IReadOnlyList<FaultCount>? counts = null)
    {
        IReadOnlyList<int> pids = system.Roots;
        for (int i = 0; i < plan.Faults.Count; i++)
        {
            Fault fault = FaultScaling.By(turn.RateFactor, plan.Faults[i].Fault);
            var record = new FaultRecord(0, plan.Number, step, fault.ToString()!, _known[i].Mechanism, pids, limit.TotalSeconds, _known[i].Undo) { Seed = step == "intent" ? seed : null };
            yield return counts is null ? record : record with { Mechanism = counts[i].Mechanism, Matched = counts[i].Matched, Injected = counts[i].Injected, Skipped = counts[i].Skipped };
        }
    }

    private static (string Mechanism, string Undo) Known(SystemInstance system, RoleFault fault)
    {
        var planned = new List<(string Mechanism, string Undo)>();
        foreach (RunningRole role in system.RolesOf(fault))
        {
            if (fault.Fault is SyscallFault)
            {
                if (role.Choice is { } choice) planned.Add((choice.Mechanism.Name, choice.Mechanism.Undo));
            }
            // A fault that begins later may meet other processes; what it would do now is not asked.
            else if (fault.Fault.After == TimeSpan.Zero && role.Targets.Plan(fault.Fault) is { } known) planned.Add((known.Mechanism, known.Undo));
        }
        return (string.Join(", ", planned.Select(p => p.Mechanism).Distinct()), string.Join(" ", planned.Select(p => p.Undo).Distinct()));
    }
}
