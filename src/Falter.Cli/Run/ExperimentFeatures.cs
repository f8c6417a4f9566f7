using Falter.Linux.Features;
using Falter.Records;

namespace Falter.Cli;

/// <summary>What the machine must be able to do for a run.</summary>
internal static class ExperimentFeatures
{
    /// <summary>Refuses with the first feature that is missing and its remedy, before anything is written or started. What single faults need is asked when their mechanism is chosen.</summary>
    public static void Require(ExperimentDefinition definition)
    {
        Feature[] observing = [FeatureCatalogue.Root, FeatureCatalogue.Libbpf, FeatureCatalogue.Btf, FeatureCatalogue.TpBtf, FeatureCatalogue.TaskStorage];
        Feature[] needed = definition.Faults.Natural is null ? observing
            : definition.System.Processes.Any(p => p.Command is not null) ? [FeatureCatalogue.Root, .. FeatureCatalogue.All.Where(f => f.NeededByMainJob)]
            : [.. observing, FeatureCatalogue.PtraceSeize];
        foreach (Feature feature in needed) feature.Require();
    }
}
