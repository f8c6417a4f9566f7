using Falter.Records;

namespace Falter.Load;

/// <summary>Makes workloads of what an experiment says.</summary>
public static class Workloads
{
    /// <summary>The workload of a definition. Where it is disposable, it is the caller's to dispose of.</summary>
    /// <param name="definition">Validated: its URLs are absolute, its rate is above 0.</param>
    /// <param name="seed">Seed of arrivals and choices.</param>
    /// <param name="time">The clock.</param>
    public static IWorkload Of(WorkloadDefinition definition, ulong seed, TimeProvider time) => definition switch
    {
        HttpWorkloadDefinition http => new OpenLoopHttp([.. http.Urls.Select(u => new Uri(u))], http.RatePerSecond, seed, http.Timeout, time),
        CommandWorkloadDefinition command => new CommandWorkload(command.Command, command.Timeout, time) { Pause = command.Pause, Parallel = command.Parallel },
        RoundWorkloadDefinition rounds => new RoundWorkload(rounds, time),
        _ => throw new ArgumentException($"no such workload: {definition.GetType().Name}", nameof(definition)),
    };
}
