using Falter.Linux.Features;
using Falter.Records;

namespace Falter.Inject;

/// <summary>The table of all ways to act on system calls.</summary>
public static class SyscallMechanisms
{
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
            Cost = "calls that a rule names 5 to 10 µs each, all others almost nothing",
            Undo = "disarmed after the duration; when Falter is killed, a keeper process lets every call go on until the target ends",
        },
        new()
        {
            Name = Mechanisms.SeccompAttach,
            FitsTarget = target => target.Command is null ? null : "it puts a filter into a target that runs; a launched one has it from its first instruction (seccomp-notify)",
            RefusalOf = SeccompAttachInjector.RefusalOf,
            Needs = [FeatureCatalogue.SeccompNotify, FeatureCatalogue.SeccompTsyncEsrch, FeatureCatalogue.PtraceAttach],
            Reason = "it was asked for: calls of a running target before they are carried out, and no cost for calls that no rule names",
            Cost = "calls that a rule names 5 to 33 µs each, for the target's life; all others almost nothing",
            Undo = "disarmed after the duration; the filter stays until the target ends, and a keeper process answers for it when Falter is gone",
            Attach = (target, rules) => SeccompAttachInjector.Attach(target.Pids, rules.SelectMany(r => r.Syscalls).ToHashSet()),
            WarningsFor = target => SeccompAttachInjector.WarningsFor(target.Pids),
            OptIn = true,
        },
        new()
        {
            Name = Mechanisms.Ptrace,
            FitsTarget = _ => null,
            RefusalOf = PtraceInjector.RefusalOf,
            Needs = [FeatureCatalogue.PtraceSeize],
            Reason = "it reaches every call of every process, before and after",
            Cost = "every system call of the target stops twice while rules are armed: 15 to 60 µs a call",
            Undo = "disarmed and detached after the duration; when Falter is killed, the kernel detaches",
            Attach = (target, _) => PtraceInjector.Attach(target.Pids),
            IsSlow = true,
        },
    ];
}
