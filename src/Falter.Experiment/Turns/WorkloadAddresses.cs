using Falter.Records;

namespace Falter.Experiment;

/// <summary>The addresses of roles in what a workload sends and runs.</summary>
internal static class WorkloadAddresses
{
    /// <summary>The workload with all addresses filled in that it may hold.</summary>
    public static WorkloadDefinition Resolve(WorkloadDefinition workload, Func<string, string> resolve) => workload switch
    {
        HttpWorkloadDefinition http => http with { Urls = [.. http.Urls.Select(resolve)] },
        CommandWorkloadDefinition command => command with { Command = resolve(command.Command) },
        RoundWorkloadDefinition round => round with { Send = resolve(round.Send), Fetch = round.Fetch is { } fetch ? resolve(fetch) : null, Validate = round.Validate is { } validate ? resolve(validate) : null },
        _ => workload,
    };
}
