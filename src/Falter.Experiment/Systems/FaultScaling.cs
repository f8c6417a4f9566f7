using Falter.Records;

namespace Falter.Experiment;

/// <summary>Faults at another rate: how the rate is searched for at which a verdict changes.</summary>
internal static class FaultScaling
{
    /// <summary>The fault with its rate or share multiplied, up to 1. Faults without either stay as they are, and so do rules that name calls by their numbers.</summary>
    public static Fault By(double factor, Fault fault) => fault switch
    {
        _ when factor == 1 => fault,
        SyscallFault { Condition.When: null } rule => rule with { Condition = rule.Condition with { Rate = Math.Min(1, rule.Condition.Rate * factor) } },
        NetworkFault { Action: NetworkAction.Drop } network => network with { Share = Math.Min(1, network.Share * factor) },
        _ => fault,
    };
}
