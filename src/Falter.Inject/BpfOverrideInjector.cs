using Falter.Linux.Ebpf;
using Falter.Linux.Features;
using Falter.Linux.Proc;
using Falter.Records;

namespace Falter.Inject;

/// <summary>
/// Fails calls of running processes before they are carried out, by kernel programs where the kernel permits it: at the functions that carry the calls out, or at the
/// security hooks that the calls pass first. Nothing stops.
/// </summary>
public sealed class BpfOverrideInjector : BpfInjector
{
    private readonly IReadOnlyList<int> _roots;
    private volatile OverridePrograms? _programs;

    private BpfOverrideInjector(IReadOnlyList<int> pids) => _roots = pids;

    /// <inheritdoc/>
    public override string Mechanism => Mechanisms.BpfOverride;

    /// <inheritdoc/>
    public override IReadOnlyList<int> Pids
    {
        get
        {
            try
            {
                // The kernel's own list: it knows also of a process whose parent has ended.
                return _programs?.Pids ?? WithDescendants();
            }
            catch (ObjectDisposedException)
            {
                return WithDescendants();
            }
        }
    }

    /// <summary>Prepares to inject into running processes, their descendants, and all that they create.</summary>
    /// <exception cref="FalterException">
    /// <c>target-refused</c>, <c>target-not-found</c>, <c>target-traced</c>; <c>feature-missing</c> with what the kernel refuses, <c>not-root</c>.
    /// </exception>
    public static BpfOverrideInjector Attach(IReadOnlyList<int> pids)
    {
        TargetGuard.Require(pids);
        RequireKernel();
        return new BpfOverrideInjector(pids);
    }

    /// <summary>Why this mechanism cannot carry a rule out on this machine; null where it can.</summary>
    public static string? RefusalOf(SyscallFault rule)
    {
        if (rule.Phase == FaultPhase.After) return "a kernel program can only fail a call before it is carried out; write phase=before, or use --mechanism bpf-trigger";
        if (KernelRules.RefusalOf(rule) is { } refusal) return refusal;
        if (rule.Where.Peers.Count + rule.Where.Ports.Count > 0) return "peer= and port= are in the target's memory, which this mechanism does not read; use --mechanism ptrace";
        string[] obstacles = [.. rule.Syscalls.Select(OverrideHooks.Obstacle).OfType<string>()];
        return obstacles.Length == 0 ? null : $"{string.Join("; ", obstacles)}; use --mechanism ptrace";
    }

    private protected override string? Refusal(SyscallFault rule) => RefusalOf(rule);

    private protected override RulePrograms Load(IReadOnlyList<SyscallFault> rules, ulong seed, bool log) => _programs = OverridePrograms.Attach(_roots, rules, seed, log);

    private static void RequireKernel()
    {
        FeatureCatalogue.TpBtf.Require();
        if (!PidNamespace.IsInitial)
        {
            throw FalterException.Cannot("feature-missing", "Falter runs in a pid namespace of its own, where process ids are not those that the kernel's programs see; run it in the host's (docker run --pid=host)");
        }
        if (OverrideHooks.Ways.All(w => w.Probe().State != FeatureState.Found)) throw FalterException.Cannot("feature-missing", $"{OverrideHooks.Missing}; use --mechanism ptrace");
    }

    private IReadOnlyList<int> WithDescendants() => [.. ProcessTable.WithDescendants(_roots).Select(p => p.Pid)];
}
