namespace Falter.Records;

/// <summary>Rules that can never act, because earlier ones decide every call that they name: the first rule that matches a call decides it.</summary>
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
                $"{(place is null ? "" : $"{place(rule)}: ")}rule '{rule.Written ?? rule.ToString()}' can never act: '{deciding[0].Written ?? deciding[0].ToString()}' stands before it and decides every call that it could match; put the narrower rule first, or let path=, peer= or another predicate tell them apart");
        }
    }

    // Rate, time and count are no predicates: a call that they let go is decided all the same.
    private static bool DecidesAllOf(SyscallFault earlier, SyscallFault later) =>
        !earlier.Where.SuccessOnly && (earlier.Where.AsksNothing || FaultText.Of(earlier.Where) == FaultText.Of(later.Where with { SuccessOnly = false }));
}
