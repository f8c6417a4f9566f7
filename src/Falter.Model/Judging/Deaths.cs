using Falter.Records;

namespace Falter.Model;

/// <summary>Which deaths of a turn mean something.</summary>
internal static class Deaths
{
    /// <summary>Processes that died and were started again, and neither do so by nature nor were killed by the plan itself.</summary>
    public static IReadOnlyList<ProcessDeath> Restarted(TurnObservation seen) =>
        [.. seen.RestartedDeaths.Where(d => !seen.UsualRestartedDeaths.Any(u => u.Process == d.Process && u.How == d.How) && !IsOfPlan(seen.Plan, d))];

    /// <summary>Other processes that a signal ended, as none was ended in the baseline. A process that the same signal ended in the baseline too has not died of the injection.</summary>
    public static IReadOnlyList<ProcessDeath> Children(TurnObservation seen) => [.. seen.ChildDeaths.Where(d => IsUnusual(seen, d))];

    /// <summary>A line of evidence for each kind of death of child processes.</summary>
    public static IEnumerable<Evidence> Tell(TurnObservation seen) => seen.ChildDeaths.GroupBy(d => (d.Process, d.How)).Select(kind =>
    {
        string usual = IsUnusual(seen, kind.First()) ? "" : ", as in the baseline";
        string count = kind.Count() == 1 ? "A process of the target died" : $"{kind.Count()} processes of the target died";
        return new Evidence(kind.Min(d => d.AtSeconds), $"{count}: {kind.Key.Process}, {kind.Key.How}{usual}.");
    }).Concat(seen.RestartedDeaths.GroupBy(d => (d.Process, d.How)).Select(kind => new Evidence(kind.Min(d => d.AtSeconds),
        $"{kind.Key.Process} died ({kind.Key.How}) and was started again{(kind.Count() == 1 ? "" : $", {kind.Count()} times")}{Why(seen, kind.First())}.")));

    private static string Why(TurnObservation seen, ProcessDeath death) =>
        IsOfPlan(seen.Plan, death) ? ": the fault itself" : seen.UsualRestartedDeaths.Any(u => u.Process == death.Process && u.How == death.How) ? ", as in the baseline" : "";

    private static bool IsUnusual(TurnObservation seen, ProcessDeath death) => !seen.UsualChildDeaths.Any(d => d.Process == death.Process && d.How == death.How);

    // A plan that kills a process asks whether the system gets over it, not whether the process dies.
    private static bool IsOfPlan(FaultPlan plan, ProcessDeath death) => plan.Faults.Any(f => f.Fault switch
    {
        ProcessFault { Action: ProcessAction.Signal, Signal: { } signal } => death.How.Contains(signal.ToString(), StringComparison.Ordinal),
        ContainerFault { Action: ContainerAction.Kill or ContainerAction.Restart } => true,
        _ => false,
    });
}
