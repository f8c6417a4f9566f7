using Falter.Experiment;
using Falter.Linux.Features;

namespace Falter.Cli;

/// <summary>What the machine must be able to do for an assessment.</summary>
internal static class AssessmentFeatures
{
    /// <summary>Refuses with the first feature that is missing and its remedy, before anything is written or started.</summary>
    public static void Require(Assessment assessment)
    {
        Feature[] needed = assessment.Command is not null
            ? [FeatureCatalogue.Root, .. FeatureCatalogue.All.Where(f => f.NeededByMainJob)]
            : [FeatureCatalogue.Root, FeatureCatalogue.Libbpf, FeatureCatalogue.Btf, FeatureCatalogue.TpBtf, FeatureCatalogue.TaskStorage, FeatureCatalogue.PtraceSeize];
        foreach (Feature feature in needed) feature.Require();
    }
}
