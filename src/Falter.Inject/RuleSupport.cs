using Falter.Records;

namespace Falter.Inject;

/// <summary>Refuses rules that a mechanism cannot carry out, all of them at once.</summary>
internal static class RuleSupport
{
    /// <param name="rules">The rules.</param>
    /// <param name="refusalOf">Why the mechanism cannot carry a rule out; null where it can.</param>
    public static void Require(IReadOnlyList<SyscallFault> rules, Func<SyscallFault, string?> refusalOf)
    {
        Finding[] refusals = [.. rules.Select(r => (Rule: r, Reason: refusalOf(r))).Where(r => r.Reason is not null)
            .Select(r => Finding.Refusal("rule-not-supported", $"{r.Rule}: {r.Reason}"))];
        if (refusals.Length > 0) throw new FalterException(refusals, ExitCode.Usage);
    }
}
