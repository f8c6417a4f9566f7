using Falter.Records;

namespace Falter.Experiment;

/// <summary>A choice among plans, by their names.</summary>
public static class OnlyPlans
{
    /// <summary>The plans whose names match, numbered anew.</summary>
    /// <param name="plans">All plans.</param>
    /// <param name="glob">What their names must match: <c>openat:*</c>; null: all.</param>
    public static IReadOnlyList<FaultPlan> Of(IReadOnlyList<FaultPlan> plans, string? glob)
    {
        if (glob is null) return plans;
        var only = new Glob(glob);
        return [.. plans.Where(p => only.Matches(p.Name)).Select((plan, number) => plan with { Number = number })];
    }
}
