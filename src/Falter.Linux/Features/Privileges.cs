using System.Globalization;

namespace Falter.Linux.Features;

/// <summary>What this process may do.</summary>
public static class Privileges
{
    // Numbers of linux/capability.h.
    internal const int CAP_NET_ADMIN = 12, CAP_SYS_PTRACE = 19, CAP_SYS_ADMIN = 21, CAP_PERFMON = 38, CAP_BPF = 39;

    private static readonly ulong s_effective = ReadEffective(File.ReadLines("/proc/self/status"));

    /// <summary>Whether the effective user is root.</summary>
    public static bool IsRoot => Environment.IsPrivilegedProcess;

    /// <summary>Whether this process may load tracing programs: CAP_SYS_ADMIN, or CAP_BPF and CAP_PERFMON together (kernel/bpf/syscall.c since 5.8).</summary>
    internal static bool MayTrace => Has(CAP_SYS_ADMIN) || (Has(CAP_BPF) && Has(CAP_PERFMON));

    internal static bool Has(int capability) => (s_effective >> capability & 1) != 0;

    internal static FeatureResult ProbeRoot() => IsRoot ? FeatureResult.Found() : FeatureResult.Missing($"user {Environment.UserName} is not root");

    internal static FeatureResult ProbeCapability(int capability) =>
        Has(capability) ? FeatureResult.Found() : FeatureResult.Missing($"bit {capability} of the effective capabilities is not set");

    /// <summary>The line <c>CapEff:	000001ffffffffff</c> of a process's status.</summary>
    internal static ulong ReadEffective(IEnumerable<string> status)
    {
        const string Key = "CapEff:";
        string? line = status.FirstOrDefault(l => l.StartsWith(Key, StringComparison.Ordinal));
        return line is not null && ulong.TryParse(line.AsSpan(Key.Length).Trim(), NumberStyles.HexNumber, null, out ulong set) ? set : 0;
    }
}
