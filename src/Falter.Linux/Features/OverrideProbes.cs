using Falter.Linux.Ebpf;
using Falter.Records;

namespace Falter.Linux.Features;

/// <summary>Probes of the ways in which a program can make a call fail: each attaches one that replaces nothing, and takes it away again.</summary>
internal static class OverrideProbes
{
    // Called rarely, and by every kernel: what is tried on it, all calls have in common.
    private static readonly string s_entry = KernelFunctions.EntryOf(Syscall.Named("sethostname"));
    private const string Hook = "sb_umount";

    public static FeatureResult FmodRet() => Try(new OverrideHook(OverrideKind.FmodRet, s_entry));

    public static FeatureResult KprobeOverride() => Try(new OverrideHook(OverrideKind.Kprobe, s_entry));

    public static FeatureResult FmodRetSecurity() => Try(new OverrideHook(OverrideKind.FmodRet, "security_" + Hook));

    public static FeatureResult Lsm() => Try(new OverrideHook(OverrideKind.Lsm, Hook));

    private static FeatureResult Try(OverrideHook hook)
    {
        if (!Privileges.MayTrace) return FeatureResult.CouldNotTell("needs root, or CAP_BPF and CAP_PERFMON");
        if (BpfProbes.Btf().State != FeatureState.Found) return FeatureResult.Missing("the kernel has no BTF");
        if (BpfProbes.Libbpf().State != FeatureState.Found) return FeatureResult.CouldNotTell("libbpf.so.1 is needed to try it, and is missing");
        if (OverridePrograms.Try(hook) is not { } refusal) return FeatureResult.Found();
        string policy = refusal.EndsWith(" EPERM", StringComparison.Ordinal) ? ", refused by policy (lockdown or a vendor's hardening) though privileges suffice" : "";
        return FeatureResult.Missing(refusal + policy);
    }

}
