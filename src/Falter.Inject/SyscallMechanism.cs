using Falter.Linux.Cgroup;
using Falter.Linux.Containers;
using Falter.Linux.Features;
using Falter.Linux.Launch;
using Falter.Linux.Ptrace;
using Falter.Records;

namespace Falter.Inject;

/// <summary>What is injected into.</summary>
/// <param name="Command">The command to launch; null where processes are attached to.</param>
/// <param name="Pids">The running processes, with their descendants; empty where a command is launched.</param>
/// <param name="Group">The control group that the user named as the whole target; null where the target was named otherwise.</param>
/// <param name="Container">The container that the user named as the whole target; null where the target was named otherwise.</param>
public sealed record InjectionTarget(IReadOnlyList<string>? Command, IReadOnlyList<int> Pids, ControlGroup? Group = null, EngineContainer? Container = null);

/// <summary>A way to act on system calls: what it can, what it needs, what it costs, what it leaves.</summary>
public sealed record SyscallMechanism
{
    /// <summary>One of <see cref="Mechanisms"/>.</summary>
    public required string Name { get; init; }

    /// <summary>Why it cannot reach a target; null where it can.</summary>
    public required Func<InjectionTarget, string?> FitsTarget { get; init; }

    /// <summary>Why it cannot carry a rule out; null where it can.</summary>
    public required Func<SyscallFault, string?> RefusalOf { get; init; }

    /// <summary>Why it cannot carry all of these rules out together, though each alone; null where it can. Default: it can.</summary>
    public Func<IReadOnlyList<SyscallFault>, string?> RefusalOfPlan { get; init; } = _ => null;

    /// <summary>What it does not reach although it takes a rule; null where it reaches all. Default: all.</summary>
    public Func<SyscallFault, string?> WarningOf { get; init; } = _ => null;

    /// <summary>What it needs of the machine.</summary>
    public required IReadOnlyList<Feature> Needs { get; init; }

    /// <summary>Why it is chosen where it is the first that can.</summary>
    public required string Reason { get; init; }

    /// <summary>What it costs the target while rules are armed.</summary>
    public required Func<IReadOnlyList<SyscallFault>, string> Cost { get; init; }

    /// <summary>How it ends, and how when Falter is killed.</summary>
    public required string Undo { get; init; }

    /// <summary>Attaches to running processes, for these rules; null where it only serves launched ones.</summary>
    public Func<InjectionTarget, IReadOnlyList<SyscallFault>, ISyscallInjector>? Attach { get; init; }

    /// <summary>
    /// Launches a command with this mechanism in place before its first instruction, when the second argument is called; null where it can only attach, or has a way of its own.
    /// </summary>
    public Func<LaunchOptions, Action<ISyscallInjector, StoppedTracee>, (ISyscallInjector Injector, LaunchedProcess Target)>? Launch { get; init; }

    /// <summary>What must be known of it before it is used on a target, beyond its cost. Default: nothing.</summary>
    public Func<InjectionTarget, IReadOnlyList<Finding>> WarningsFor { get; init; } = _ => [];

    /// <summary>Whether it is taken only when it is asked for by name.</summary>
    public bool OptIn { get; init; }

    /// <summary>Whether it slows calls that no rule names.</summary>
    public bool IsSlow { get; init; }

    /// <summary>Why it cannot do it; null where it can.</summary>
    public string? Obstacle(InjectionTarget target, IReadOnlyList<SyscallFault> rules) =>
        FitsTarget(target) ?? rules.Select(r => RefusalOf(r) is { } refusal ? $"{r}: {refusal}" : null).FirstOrDefault(r => r is not null) ??
        Needs.Select(f => f.WhyNot()).FirstOrDefault(r => r is not null) ?? RefusalOfPlan(rules);
}
