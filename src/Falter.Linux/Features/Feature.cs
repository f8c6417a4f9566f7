using Falter.Records;

namespace Falter.Linux.Features;

/// <summary>What a probe found out.</summary>
public enum FeatureState
{
    /// <summary>Tried, and it worked.</summary>
    Found,

    /// <summary>Tried, and this machine does not have it or forbids it.</summary>
    Missing,

    /// <summary>It could not be tried, mostly for lack of privilege. Never counted as found.</summary>
    CouldNotTell,
}

/// <summary>The result of one probe.</summary>
/// <param name="State">What was found out.</param>
/// <param name="Detail">How it is known or why it is not: <c>libbpf 1.1</c>, <c>needs root</c>, <c>BPF_PROG_LOAD: EPERM</c>. May be empty when found.</param>
public sealed record FeatureResult(FeatureState State, string Detail)
{
    internal static FeatureResult Found(string detail = "") => new(FeatureState.Found, detail);
    internal static FeatureResult Missing(string detail) => new(FeatureState.Missing, detail);
    internal static FeatureResult CouldNotTell(string detail) => new(FeatureState.CouldNotTell, detail);
}

/// <summary>
/// Something that a mechanism needs from the kernel, the machine or the user. It is probed by trying it, not by comparing versions: vendors
/// port features back, leave them out and forbid them. The same entry gates mechanisms and tests and is shown by <c>falter doctor</c>.
/// </summary>
public sealed class Feature
{
    internal const string AsRoot = "run falter as root";

    private readonly string? _remedy;
    private readonly Func<FeatureResult> _probe;
    private readonly Lazy<FeatureResult> _result;

    internal Feature(string name, string neededFor, string since, string? remedy, Func<FeatureResult> probe, bool mainJob = false, bool privilege = false)
    {
        Name = name;
        NeededFor = neededFor;
        Since = since.Length == 0 ? null : Version.Parse(since);
        _remedy = remedy;
        NeededByMainJob = mainJob;
        IsPrivilege = privilege;
        _probe = probe;
        _result = new Lazy<FeatureResult>(probe);
    }

    /// <summary>A stable name in words: <c>tp-btf</c>.</summary>
    public string Name { get; }

    /// <summary>What Falter does with it.</summary>
    public string NeededFor { get; }

    /// <summary>The first upstream kernel version that has it; null for what is no kernel feature.</summary>
    public Version? Since { get; }

    /// <summary>Whether observing, injecting into and judging a launched target needs it.</summary>
    public bool NeededByMainJob { get; }

    /// <summary>Whether it is a privilege of the user, not a feature of the machine.</summary>
    public bool IsPrivilege { get; }

    /// <summary>Tries the feature, once per process; leaves nothing behind.</summary>
    public FeatureResult Probe() => _result.Value;

    /// <summary>Tries the feature without looking at an earlier result.</summary>
    internal FeatureResult ProbeAgain() => _probe();

    /// <summary>Null when found; else one sentence for a skipped test or a refusal.</summary>
    public string? WhyNot()
    {
        FeatureResult result = Probe();
        return result.State switch
        {
            FeatureState.Found => null,
            FeatureState.Missing => $"this machine lacks {Name} ({Explain(result, KernelRelease.Running)})",
            _ => $"{Name} could not be tried ({result.Detail})",
        };
    }

    /// <summary>Refuses with exit code 3 and the remedy unless the feature was found.</summary>
    /// <exception cref="FalterException"><c>not-root</c> for a lack of privilege, else <c>feature-missing</c>.</exception>
    public void Require()
    {
        if (WhyNot() is not { } reason) return;
        bool privilege = NeedsPrivilege(Probe());
        throw FalterException.Cannot(privilege ? "not-root" : "feature-missing", $"{reason}, needed for {NeededFor}; {Remedy(Probe(), KernelRelease.Running)}");
    }

    /// <summary>
    /// The detail of a result; a feature that is missing although the running kernel is new enough is said to be so, because then the remedy is
    /// a kernel option or a policy, not a newer kernel.
    /// </summary>
    public string Explain(FeatureResult result, Version running)
    {
        if (result.State != FeatureState.Missing || Since is null || IsPrivilege) return result.Detail;
        return running >= Since
            ? $"missing although kernel {running} has it since {Since}: {result.Detail}"
            : $"kernel {running} is older than {Since}: {result.Detail}";
    }

    /// <summary>What to do about a feature that was not found.</summary>
    public string Remedy(FeatureResult result, Version running)
    {
        if (NeedsPrivilege(result)) return AsRoot;
        if (_remedy is not null) return _remedy;
        return running < Since ? $"use kernel {Since} or later" : "find out what forbids it: lockdown, a container's seccomp profile, or the vendor of the kernel";
    }

    private bool NeedsPrivilege(FeatureResult result) => IsPrivilege || (result.State == FeatureState.CouldNotTell && !Privileges.IsRoot);
}
