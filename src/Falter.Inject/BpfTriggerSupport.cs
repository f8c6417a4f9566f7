using Falter.Linux.Ebpf;
using Falter.Linux.Features;
using Falter.Linux.Proc;
using Falter.Records;

namespace Falter.Inject;

/// <summary>What the bpf-trigger mechanism needs, what it cannot do, and what it costs.</summary>
public static class BpfTriggerSupport
{
    private static readonly Feature[] s_needed =
    [
        FeatureCatalogue.Libbpf, FeatureCatalogue.Btf, FeatureCatalogue.TpBtf, FeatureCatalogue.TaskStorage, FeatureCatalogue.AtomicFetch,
        FeatureCatalogue.BpfSendSignalThread, FeatureCatalogue.PtraceSeize,
    ];

    /// <summary>Why this machine, or this user, cannot; null where it can.</summary>
    public static string? WhyNot() => !PidNamespace.IsInitial
        ? "Falter runs in a pid namespace of its own, where process ids are not those that the kernel's programs see"
        : s_needed.Select(f => f.WhyNot()).FirstOrDefault(w => w is not null);

    /// <summary>Refuses with exit code 3 and the alternative where <see cref="WhyNot"/> gives a reason.</summary>
    /// <exception cref="FalterException"><c>feature-missing</c>, or <c>not-root</c>.</exception>
    public static void Require()
    {
        if (WhyNot() is not { } reason) return;
        string code = FeatureCatalogue.Root.WhyNot() is null ? "feature-missing" : "not-root";
        throw FalterException.Cannot(code, $"the bpf-trigger mechanism does not work here: {reason}; --mechanism ptrace does the same and stops the target at every call");
    }

    /// <summary>Why this mechanism cannot carry a rule out, and what can; null where it can.</summary>
    public static string? RefusalOf(SyscallFault rule)
    {
        if (rule.Phase == FaultPhase.Before)
        {
            return "the bpf-trigger mechanism acts on calls after they were carried out; use phase=after, or --mechanism ptrace, which can act before";
        }
        if (rule.Effect.DelayEnter is not null) return "the bpf-trigger mechanism meets a call at its end alone; use delay_exit=, or --mechanism ptrace";
        if (rule.Effect.Short is not null) return "the bpf-trigger mechanism meets a call when its bytes have been moved; use --mechanism ptrace for short reads and writes";
        // What ptrace cannot do after a call, nobody can.
        return PtraceRefusals.Of(rule);
    }

    /// <summary>What the rules cost the target, for the plan.</summary>
    public static string CostOf(IReadOnlyList<SyscallFault> rules)
    {
        IReadOnlySet<Syscall> byUser = new TriggerPlan(rules).DecidedByUser;
        string stops = byUser.Count == 0 ? "" :
            $"; {string.Join(", ", byUser.OrderBy(c => c.Number))}: each call stops that its registers do not rule out, because a rule asks for a path, an address or a name, which only Falter can read";
        return $"30 to 100 µs for a call that is acted on, 0.2 µs for each other call of the target while armed{stops}";
    }
}
