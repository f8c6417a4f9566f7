using Falter.Experiment;
using Falter.Inject;
using Falter.Linux.Launch;
using Falter.Linux.Proc;
using Falter.Records;

namespace Falter.Cli;

/// <summary>What <c>falter inject</c> is going to do, known before anything is touched.</summary>
/// <param name="Command">The command to launch; null where processes are attached to.</param>
/// <param name="Pids">The running processes; empty where a command is launched.</param>
/// <param name="Rules">The rules, in order.</param>
/// <param name="Duration">How long they are armed.</param>
/// <param name="Ready">Passes when the target is ready; null where that is not waited for.</param>
/// <param name="After">How long to wait before, once it is ready.</param>
/// <param name="Seed">What the choices depend on.</param>
internal sealed record InjectionPlan(IReadOnlyList<string>? Command, IReadOnlyList<int> Pids, IReadOnlyList<SyscallFault> Rules, TimeSpan Duration, ICheck? Ready, TimeSpan After,
    ulong Seed)
{
    /// <summary>Whether the rules are armed before the target's first instruction.</summary>
    public bool FromTheStart => Ready is null && After == TimeSpan.Zero;

    /// <summary>Whether the mechanism is seccomp notification; ptrace otherwise.</summary>
    public bool UsesSeccomp => Command is not null && Rules.All(r => r.Phase == FaultPhase.Before);

    /// <summary>The mechanism's name.</summary>
    public string Mechanism => UsesSeccomp ? "seccomp-notify" : "ptrace";

    /// <summary>Why this mechanism.</summary>
    public string Reason => UsesSeccomp ? "the target is launched, so a filter can be installed before its first instruction; calls that no rule names cost almost nothing"
        : Command is null ? "the target runs already"
        : "a rule fails calls after they are carried out, which seccomp notification cannot do; attached right after the target's start, so its very first calls are not covered";

    /// <summary>How it ends.</summary>
    public string Undo => UsesSeccomp
        ? "disarmed after the duration; when Falter is killed, a keeper process lets every call go on until the target ends"
        : "disarmed and detached after the duration; when Falter is killed, the kernel detaches";

    /// <summary>The processes as people know them: number and name.</summary>
    public IReadOnlyList<string> Processes => Command is { } command ? [string.Join(' ', command)]
        : [.. ProcessTable.WithDescendants(Pids).Select(p => $"{p.Pid} {p.Name}")];

    /// <summary>What the user should know before.</summary>
    public IReadOnlyList<Finding> Notes => UsesSeccomp ? [] :
        [Finding.Note("slow-mechanism", "ptrace stops the target at every system call while rules are armed: 15 to 60 µs a call" +
            (Command is null ? "; launched by Falter (-- COMMAND), with phase=before, other calls would cost almost nothing" : ""))];

    /// <summary>Makes the plan; refuses targets that do not exist or must not be touched.</summary>
    public static InjectionPlan For(TargetChoice target, IReadOnlyList<SyscallFault> rules, TimeSpan duration, ICheck? ready, TimeSpan after, ulong seed)
    {
        if (target.Command is { } command) _ = Launcher.Locate(new LaunchOptions { Command = command });
        else TargetGuard.Require(target.Pids);
        var plan = new InjectionPlan(target.Command, target.Pids, rules, duration, ready, after, seed);
        if (plan.UsesSeccomp) SeccompInjector.RequireSelectable(rules.SelectMany(r => r.Syscalls));
        else PtraceInjector.RequireSupported(rules);
        return plan;
    }
}
