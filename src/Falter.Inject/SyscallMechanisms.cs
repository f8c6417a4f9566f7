using Falter.Linux.Cgroup;
using Falter.Linux.Ebpf;
using Falter.Linux.Features;
using Falter.Records;

namespace Falter.Inject;

/// <summary>The table of all ways to act on system calls.</summary>
public static class SyscallMechanisms
{
    private const string IsLaunched = "the target is launched, and seccomp-notify reaches its very first calls at less cost";

    /// <summary>All, in the order in which they are chosen.</summary>
    public static IReadOnlyList<SyscallMechanism> All { get; } =
    [
        new()
        {
            Name = Mechanisms.SeccompNotify,
            FitsTarget = target => target.Command is null ? "it needs the target's first instruction, and the target runs already; launch it with Falter (-- COMMAND)" : null,
            RefusalOf = SeccompInjector.RefusalOf,
            Needs = [FeatureCatalogue.SeccompNotify],
            Reason = "the target is launched, so a filter can be installed before its first instruction",
            Cost = _ => "calls that a rule names 5 to 10 µs each, all others almost nothing",
            Undo = "disarmed after the duration; when Falter is killed, a keeper process lets every call go on until the target ends",
        },
        new()
        {
            Name = Mechanisms.CgroupBpf,
            FitsTarget = target => target.Group is null ? "it works on a whole control group; name the target by --cgroup or --container alone"
                : target.Group.Hierarchy != ControlGroupHierarchy.Unified ? $"{target.Group.Path} is a group of version 1, and kernel programs are attached to groups of version 2"
                : target.Group.Holds(Environment.ProcessId) ? $"Falter itself is in {target.Group.Path}; start it from elsewhere" : null,
            RefusalOf = CgroupBpfInjector.RefusalOf,
            WarningOf = CgroupBpfInjector.WarningOf,
            Needs = [FeatureCatalogue.CgroupBpf],
            Reason = "the target is a control group, whose socket calls the kernel can fail without stopping anybody",
            Cost = _ => "socket calls of the group some 0.3 µs, all others nothing",
            Undo = "the programs go after the duration, or with Falter, in whatever way it ends",
            Attach = (target, _) => CgroupBpfInjector.Attach(target.Group!),
        },
        new()
        {
            Name = Mechanisms.BpfOverride,
            FitsTarget = _ => null,
            RefusalOf = BpfOverrideInjector.RefusalOf,
            Needs = [FeatureCatalogue.Libbpf, FeatureCatalogue.Btf, FeatureCatalogue.TpBtf],
            Reason = "this kernel lets programs replace the result of these calls, so nothing of the target stops",
            Cost = _ => "every call of the target some 0.3 µs while armed",
            Undo = "the programs go after the duration, or with Falter, in whatever way it ends",
            Attach = (target, _) => BpfOverrideInjector.Attach(target.Pids),
        },
        new()
        {
            Name = Mechanisms.BpfTrigger,
            FitsTarget = _ => null,
            RefusalOf = BpfTriggerSupport.RefusalOf,
            RefusalOfPlan = rules => new TriggerPlan(rules).Refusal ?? BpfTriggerSupport.WhyNot(),
            Needs = [FeatureCatalogue.BpfSendSignalThread],
            Reason = "rules act after the calls: the kernel draws the lots, and only calls that are acted on stop",
            Cost = BpfTriggerSupport.CostOf,
            Undo = "disarmed and detached after the duration; when Falter is killed, the kernel takes the programs away and detaches",
            Attach = (target, _) => BpfTriggerInjector.Attach(target.Pids),
            Launch = (options, atExec) => BpfTriggerInjector.Launch(options, atExec),
        },
        new()
        {
            Name = Mechanisms.SeccompAttach,
            FitsTarget = target => target.Command is null ? null : IsLaunched,
            RefusalOf = SeccompAttachInjector.RefusalOf,
            WarningsFor = target => SeccompAttachInjector.WarningsFor(target.Pids),
            Needs = [FeatureCatalogue.SeccompNotify, FeatureCatalogue.SeccompTsyncEsrch, FeatureCatalogue.PtraceAttach],
            Reason = "it was asked for: calls of a running target before they are carried out, and no cost for calls that no rule names",
            Cost = _ => "calls that a rule names 5 to 33 µs each, for the target's life; all others almost nothing",
            Undo = "disarmed after the duration; the filter stays until the target ends, and a keeper process answers for it when Falter is gone",
            Attach = (target, rules) => SeccompAttachInjector.Attach(target.Pids, rules.SelectMany(r => r.Syscalls).ToHashSet()),
            OptIn = true,
        },
        new()
        {
            Name = Mechanisms.Ptrace,
            FitsTarget = _ => null,
            RefusalOf = PtraceInjector.RefusalOf,
            Needs = [FeatureCatalogue.PtraceSeize],
            Reason = "it reaches every call of every process, before and after",
            Cost = _ => "every system call of the target stops twice while rules are armed: 15 to 60 µs a call",
            Undo = "disarmed and detached after the duration; when Falter is killed, the kernel detaches",
            Attach = (target, _) => PtraceInjector.Attach(target.Pids),
            Launch = (options, atExec) => PtraceInjector.Launch(options, atExec),
            IsSlow = true,
        },
    ];
}
