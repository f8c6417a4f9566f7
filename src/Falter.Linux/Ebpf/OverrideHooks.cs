using Falter.Linux.Features;
using Falter.Records;

namespace Falter.Linux.Ebpf;

/// <summary>Where this kernel permits a program to fail a call before it is carried out.</summary>
public static class OverrideHooks
{
    private const string Security = "security_";

    /// <summary>The ways there are, in the order in which they are tried. Each is probed by attaching a program in that way.</summary>
    public static IReadOnlyList<Feature> Ways { get; } = [FeatureCatalogue.FmodRet, FeatureCatalogue.KprobeOverride, FeatureCatalogue.FmodRetSecurity, FeatureCatalogue.BpfLsm];

    /// <summary>The hooks of a call; empty where it cannot be failed here, for the reason that <see cref="Obstacle"/> gives.</summary>
    public static IReadOnlyList<OverrideHook> Of(Syscall call)
    {
        string entry = KernelFunctions.EntryOf(call);
        if (KernelFunctions.Exists(entry))
        {
            if (IsFound(FeatureCatalogue.FmodRet)) return [new OverrideHook(OverrideKind.FmodRet, entry)];
            if (IsFound(FeatureCatalogue.KprobeOverride)) return [new OverrideHook(OverrideKind.Kprobe, entry)];
        }
        IEnumerable<string> names = SecurityHooks.Of(call).Where(h => KernelFunctions.Exists(Security + h));
        if (IsFound(FeatureCatalogue.FmodRetSecurity)) return [.. names.Select(n => new OverrideHook(OverrideKind.FmodRet, Security + n))];
        return IsFound(FeatureCatalogue.BpfLsm) ? [.. names.Select(n => new OverrideHook(OverrideKind.Lsm, n))] : [];
    }

    /// <summary>Why a call cannot be failed here; null where it can.</summary>
    public static string? Obstacle(Syscall call)
    {
        if (Of(call).Count > 0) return null;
        if (!Ways.Any(IsFound)) return $"{call}: the kernel permits no program to fail a call ({string.Join(", ", Ways.Select(w => w.Name))}; `falter doctor` says why)";
        string entry = KernelFunctions.EntryOf(call);
        return IsFound(FeatureCatalogue.FmodRet) || IsFound(FeatureCatalogue.KprobeOverride)
            ? $"{call}: the kernel has no function {entry} that a program could be attached to"
            : $"{call}: this kernel permits programs at its security hooks only (it lacks {FeatureCatalogue.FmodRet.Name} and {FeatureCatalogue.KprobeOverride.Name}), and this call passes none that would hand the error on as it is";
    }

    /// <summary>What the kernel refuses, way by way.</summary>
    public static string Missing => "the kernel permits no program to fail a call: " + string.Join("; ", Ways.Select(w => $"{w.Name} ({w.Explain(w.Probe(), KernelRelease.Running)})"));

    private static bool IsFound(Feature feature) => feature.Probe().State == FeatureState.Found;
}
