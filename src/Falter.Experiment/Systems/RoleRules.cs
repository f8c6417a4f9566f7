using Falter.Records;

namespace Falter.Experiment;

/// <summary>Rules that are armed on a role, as they go on in a process that is started while they are: counted on, and at the times that were meant.</summary>
/// <param name="Rules">The rules, in order.</param>
/// <param name="Seed">What their lots are drawn from.</param>
internal sealed record RoleRules(IReadOnlyList<SyscallFault> Rules, ulong Seed)
{
    /// <summary>
    /// What is left of the rules for a process that begins some time after they were armed: times count from the arming, and a count of calls is of all processes together. Rules that are over are
    /// left out; each that is left comes with its place.
    /// </summary>
    /// <param name="elapsed">How long they have been armed.</param>
    /// <param name="injected">Calls that each rule has acted on so far.</param>
    public IReadOnlyList<(int Place, SyscallFault Rule)> LeftAfter(TimeSpan elapsed, IReadOnlyList<long> injected) =>
        [.. from place in Enumerable.Range(0, Rules.Count) let left = Left(Rules[place], elapsed, injected[place]) where left is not null select (place, left)];

    private static SyscallFault? Left(SyscallFault rule, TimeSpan elapsed, long injected)
    {
        TimeSpan after = rule.After > elapsed ? rule.After - elapsed : TimeSpan.Zero;
        TimeSpan? duration = rule.For is { } whole && elapsed > rule.After ? rule.After + whole - elapsed : rule.For;
        if (duration <= TimeSpan.Zero) return null;
        if (rule.Condition.Count is not { } count) return rule with { After = after, For = duration };
        return count > injected ? rule with { After = after, For = duration, Condition = rule.Condition with { Count = count - injected } } : null;
    }
}
