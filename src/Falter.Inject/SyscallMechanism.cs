using Falter.Linux.Cgroup;
using Falter.Linux.Features;
using Falter.Linux.Seccomp;
using Falter.Records;

namespace Falter.Inject;

/// <summary>What is injected into.</summary>
/// <param name="Command">The command to launch; null where processes are attached to.</param>
/// <param name="Pids">The running processes, with their descendants; empty where a command is launched.</param>
/// <param name="Group">The control group that the user named as the whole target; null where the target was named otherwise.</param>
public sealed record InjectionTarget(IReadOnlyList<string>? Command, IReadOnlyList<int> Pids, ControlGroup? Group = null);

/// <summary>A way to act on system calls: what it can, what it needs, what it costs, what it leaves.</summary>
public sealed record SyscallMechanism
{
    /// <summary>All, in the order in which they are chosen.</summary>
    public static IReadOnlyList<SyscallMechanism> All { get; } =
    [
        new()
        {
            Name = Mechanisms.SeccompNotify,
            FitsTarget = target => target.Command is null ? "it needs the target's first instruction, and the target runs already; launch it with Falter (-- COMMAND)" : null,
            RefusalOf = r => r.Phase == FaultPhase.After ? "calls can only be failed before they are carried out" : r.Syscalls.Any(SeccompInstallation.NotSelectable.Contains) ? "not selectable" : null,
            Needs = [FeatureCatalogue.SeccompNotify],
            Reason = "the target is launched, so a filter can be installed before its first instruction",
            Cost = "calls that a rule names 5 to 10 µs each, all others almost nothing",
            Undo = "disarmed after the duration; when Falter is killed, a keeper process lets every call go on until the target ends",
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
            Attach = target => PtraceInjector.Attach(target.Pids),
            IsSlow = true,
        },
    ];

    /// <summary>One of <see cref="Mechanisms"/>.</summary>
    public required string Name { get; init; }

    /// <summary>Why it cannot reach a target; null where it can.</summary>
    public required Func<InjectionTarget, string?> FitsTarget { get; init; }

    /// <summary>Why it cannot carry a rule out; null where it can.</summary>
    public required Func<SyscallFault, string?> RefusalOf { get; init; }

    /// <summary>What it needs of the machine.</summary>
    public required IReadOnlyList<Feature> Needs { get; init; }

    /// <summary>Why it is chosen where it is the first that can.</summary>
    public required string Reason { get; init; }

    /// <summary>What it costs the target while rules are armed.</summary>
    public required string Cost { get; init; }

    /// <summary>How it ends, and how when Falter is killed.</summary>
    public required string Undo { get; init; }

    /// <summary>Attaches to running processes; null where it only serves launched ones.</summary>
    public Func<InjectionTarget, ISyscallInjector>? Attach { get; init; }

    /// <summary>Whether it is taken only when it is asked for by name.</summary>
    public bool OptIn { get; init; }

    /// <summary>Whether it slows calls that no rule names.</summary>
    public bool IsSlow { get; init; }

    /// <summary>Why it cannot do it; null where it can.</summary>
    public string? Obstacle(InjectionTarget target, IReadOnlyList<SyscallFault> rules) =>
        FitsTarget(target) ?? rules.Select(r => RefusalOf(r) is { } refusal ? $"{r}: {refusal}" : null).FirstOrDefault(r => r is not null) ?? Needs.Select(f => f.WhyNot()).FirstOrDefault(r => r is not null);
}

/// <summary>The mechanism that carries rules out, and why not the others.</summary>
/// <param name="Mechanism">The mechanism.</param>
/// <param name="Others">The other mechanisms' names, each with the reason.</param>
public sealed record MechanismChoice(SyscallMechanism Mechanism, IReadOnlyList<KeyValuePair<string, string>> Others)
{
    /// <summary>Chooses the first mechanism that can.</summary>
    /// <param name="target">What is injected into.</param>
    /// <param name="rules">The rules, all of which one mechanism must carry out: only then is their order one order.</param>
    /// <param name="asked">The name that the user asked for; null: the best.</param>
    /// <exception cref="FalterException"><c>rule-not-supported</c>: none can, or not the one that was asked for.</exception>
    public static MechanismChoice For(InjectionTarget target, IReadOnlyList<SyscallFault> rules, string? asked)
    {
        SyscallMechanism? chosen = null;
        var others = new List<KeyValuePair<string, string>>();
        foreach (SyscallMechanism mechanism in SyscallMechanism.All)
        {
            string? obstacle = mechanism.Obstacle(target, rules) ??
                (asked is not null && asked != mechanism.Name ? $"--mechanism {asked} was asked for" : mechanism.OptIn && asked is null ? $"only with --mechanism {mechanism.Name}" : chosen is not null ? $"{chosen.Name} comes first" : null);
            if (obstacle is null) chosen = mechanism;
            else others.Add(new(mechanism.Name, obstacle));
        }
        return chosen is not null ? new MechanismChoice(chosen, others) : throw Refusal(target, rules, asked, others);
    }

    private static FalterException Refusal(InjectionTarget target, IReadOnlyList<SyscallFault> rules, string? asked, List<KeyValuePair<string, string>> others)
    {
        if (asked is null) return new FalterException([.. others.Select(o => Finding.Refusal("rule-not-supported", $"no mechanism can do it here; {o.Key}: {o.Value}"))], ExitCode.Usage);
        string reason = others.First(o => o.Key == asked).Value;
        SyscallMechanism? nearest = SyscallMechanism.All.FirstOrDefault(m => m.Name != asked && !m.OptIn && m.Obstacle(target, rules) is null);
        string alternative = nearest is null ? "no other mechanism can do it here either" : $"without --mechanism, {nearest.Name} does it";
        // A feature that is missing is the machine's fault, not the command line's.
        bool machine = SyscallMechanism.All.First(m => m.Name == asked).Needs.Any(f => f.WhyNot() == reason);
        return machine ? FalterException.Cannot("feature-missing", $"--mechanism {asked}: {reason}; {alternative}") : FalterException.Usage("rule-not-supported", $"--mechanism {asked}: {reason}; {alternative}");
    }
}
