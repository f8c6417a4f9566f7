using Falter.Records;

namespace Falter.Experiment;

/// <summary>The rate of a plan, where it has one: what a search for a threshold changes.</summary>
public static class PlanRates
{
    /// <summary>The one rate of a plan, above 0 to 1; null where it has several faults, or one that has no rate.</summary>
    public static double? Of(FaultPlan plan) => plan.Faults is [{ Fault: SyscallFault { Condition: { When: null, Count: null } condition } }] ? condition.Rate : null;
}
