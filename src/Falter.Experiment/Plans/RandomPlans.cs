using Falter.Model;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>The plans of the strategy that realism is compared with.</summary>
internal static class RandomPlans
{
    /// <summary>As many plans of chance as there are realistic ones of one error model each; what was written stays as it is.</summary>
    /// <param name="faults">What the experiment says.</param>
    /// <param name="realistic">The plans of the realistic strategy, without combinations of them.</param>
    /// <param name="samples">The observation.</param>
    /// <param name="byRole">Whether rows bear roles.</param>
    /// <param name="seed">The run's seed.</param>
    public static MadePlans Of(FaultsDefinition faults, MadePlans realistic, IReadOnlyList<IntervalSample> samples, bool byRole, ulong seed)
    {
        ErrorModel[] models = [.. realistic.Plans.Where(p => p.Origin == PlanOrigin.Natural).Select(p => p.Model!)];
        IEnumerable<FaultPlan> random = RandomFaults.Plans(Injectable(ErrorWindows.Of(samples, byRole)), models, seed);
        FaultPlan[] singles = [.. random, .. realistic.Plans.Where(p => p.Origin == PlanOrigin.Written)];
        return FaultPlans.Numbered(singles, faults, [.. realistic.Findings]);
    }

    /// <summary>Calls that no mechanism can fail would give plans that cannot be armed: fewer than the realistic ones.</summary>
    private static ErrorWindow Injectable(ErrorWindow observed) => observed with
    {
        Invocations = observed.Invocations.Where(i => ModelSelection.IsInjectable(i.Key.Syscall)).ToDictionary(i => i.Key, i => i.Value),
    };
}
