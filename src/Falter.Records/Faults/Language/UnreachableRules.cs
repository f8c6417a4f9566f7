namespace Falter.Records;

/// <summary>Rules that can never act, because earlier ones act on every call that they could: the first rule that acts on a call wins.</summary>
public static class UnreachableRules
{
    /// <summary>A mistake for each such rule, naming the first of the rules that stand before it.</summary>
    /// <param name="faults">Faults in order; those of other kinds are not looked at.</param>
    /// <param name="place">Where a fault stands, for messages; null: on the command line.</param>
    public static IEnumerable<Finding> Find(IReadOnlyList<Fault> faults, Func<Fault, string>? place = null)
    {
        SyscallFault[] rules = [.. faults.OfType<SyscallFault>()];
        for (int i = 1; i < rules.Length; i++)
        {
            SyscallFault rule = rules[i];
            SyscallFault[] deciding = [.. rule.Syscalls.Select(c => rules.Take(i).FirstOrDefault(r => r.Syscalls.Contains(c) && DecidesAllOf(r, rule))).OfType<SyscallFault>()];
            if (deciding.Length < rule.Syscalls.Count) continue;
            yield return Finding.Refusal("rule-unreachable",
                $"{(place is null ? "" : $"{place(rule)}: ")}rule '{rule.Written ?? rule.ToString()}' can never act: '{deciding[0].Written ?? deciding[0].ToString()}' stands before it and acts on every call that it could; put the narrower rule first, or give the earlier one a rate=, when=, count= or a predicate");
        }
    }

    private static bool DecidesAllOf(SyscallFault earlier, SyscallFault later) =>
        earlier is { Condition: { Rate: >= 1, When: null, Count: null }, After.Ticks: 0, For: null } &&
        // Rules that act after a call are asked later than those that act before it, whatever their order.
        (earlier.Phase == FaultPhase.Before || later.Phase == FaultPhase.After && (later.NeedsSuccess || !earlier.NeedsSuccess)) &&
        (WithoutSuccess(earlier).AsksNothing || FaultText.Of(WithoutSuccess(earlier)) == FaultText.Of(WithoutSuccess(later)));

    private static CallPredicates WithoutSuccess(SyscallFault rule) => rule.Where with { SuccessOnly = false };
}
