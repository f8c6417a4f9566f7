using Falter.Experiment;
using Falter.Inject;
using Falter.Linux.Launch;
using Falter.Linux.Proc;
using Falter.Records;

namespace Falter.Cli;

/// <summary>What <c>falter inject</c> is going to do, known before anything is touched.</summary>
internal sealed record InjectionPlan
{
    /// <summary>What is injected into.</summary>
    public required InjectionTarget Target { get; init; }

    /// <summary>All faults, in order.</summary>
    public required IReadOnlyList<Fault> Faults { get; init; }

    /// <summary>The mechanism of the system call rules; null where there are none.</summary>
    public required MechanismChoice? Choice { get; init; }

    /// <summary>How long the faults are armed.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Passes when the target is ready; null where that is not waited for.</summary>
    public ICheck? Ready { get; init; }

    /// <summary>How long to wait before arming, once the target is ready.</summary>
    public TimeSpan After { get; init; }

    /// <summary>What the choices depend on.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The rules for system calls, in order.</summary>
    public IReadOnlyList<SyscallFault> Rules => [.. Faults.OfType<SyscallFault>()];

    /// <summary>All other faults, in order.</summary>
    public IReadOnlyList<Fault> Others => [.. Faults.Where(f => f is not SyscallFault)];

    /// <summary>What each of the other faults would do; empty where a command is launched: then it is known when it runs.</summary>
    public required IReadOnlyList<PlannedFault> PlannedOthers { get; init; }

    /// <summary>Whether the rules are armed before the target's first instruction.</summary>
    public bool FromTheStart => Ready is null && After == TimeSpan.Zero;

    /// <summary>The processes as people know them: number and name; or the command.</summary>
    public IReadOnlyList<string> Processes => Target.Command is { } command ? [string.Join(' ', command)]
        : [.. ProcessTable.WithDescendants(Target.Pids).Select(p => $"{p.Pid} {p.Name}")];

    /// <summary>What the user should know before.</summary>
    public IReadOnlyList<Finding> Notes
    {
        get
        {
            if (Choice?.Mechanism is not { } mechanism) return [];
            Finding[] warnings =
            [
                .. mechanism.WarningsFor(Target),
                .. Rules.Select(r => mechanism.WarningOf(r) is { } warning ? Finding.Limits("rule-limited", $"{r}: {warning}") : null).OfType<Finding>(),
            ];
            return !mechanism.IsSlow ? warnings : [.. warnings, Finding.Note("slow-mechanism", $"{mechanism.Name}: {mechanism.Cost(Rules)}" + (Target.Command is null ? "; launched by Falter (-- COMMAND), with phase=before, other calls would cost almost nothing" : ""))];
        }
    }

    /// <summary>What faults of processes, network and containers are armed on.</summary>
    /// <param name="target">The target.</param>
    /// <param name="roots">Its first processes.</param>
    public static FaultTargets TargetsOf(InjectionTarget target, IReadOnlyList<int> roots) => new(new TargetTree(roots, target.Command is not null), target.Group, target.Container);

    /// <summary>Makes the plan; refuses targets that do not exist or must not be touched, and faults that cannot be honoured here or cannot fire.</summary>
    /// <exception cref="FalterException">All mistakes of one kind at once.</exception>
    public static InjectionPlan For(InjectionTarget target, PlannedFaults planned, InjectionTimes times, string? mechanism)
    {
        if (target.Command is { } command) _ = Launcher.Locate(new LaunchOptions { Command = command });
        else TargetGuard.Require(target.Pids);
        times.Require(planned.Faults);
        SyscallFault[] rules = [.. planned.Faults.OfType<SyscallFault>()];
        return new InjectionPlan
        {
            Target = target,
            Faults = planned.Faults,
            PlannedOthers = target.Command is not null ? [] : [.. planned.Faults.Where(f => f is not SyscallFault).Select(TargetsOf(target, target.Pids).Plan)],
            Choice = rules.Length > 0 ? MechanismChoice.For(target, rules, mechanism) : null,
            Duration = times.Duration,
            Ready = times.Ready,
            After = times.After,
            Seed = planned.Seed,
        };
    }
}

/// <summary>When an injection begins and ends.</summary>
/// <param name="Duration">How long the faults are armed.</param>
/// <param name="Ready">Passes when the target is ready; null where that is not waited for.</param>
/// <param name="After">How long to wait before arming, once the target is ready.</param>
internal sealed record InjectionTimes(TimeSpan Duration, ICheck? Ready, TimeSpan After)
{
    /// <summary>Refuses faults that would begin after the end, and delays that are longer than the whole: nobody would ever see them end.</summary>
    /// <exception cref="FalterException"><c>bad-rule</c>, <c>bad-option</c>.</exception>
    public void Require(IReadOnlyList<Fault> faults)
    {
        if (Duration <= TimeSpan.Zero) throw FalterException.Usage("bad-option", "--duration: for no time nothing would be injected; expected for example --duration 30s");
        var mistakes = new List<Finding>();
        foreach (Fault fault in faults)
        {
            if (fault.After >= Duration) Mistake(fault, $"it begins {Durations.Format(fault.After)} after arming, when the injection is over (--duration {Durations.Format(Duration)})");
            if (Longest(fault) is { } delay && delay >= Duration) Mistake(fault, $"a delay of {Durations.Format(delay)} is as long as the whole injection (--duration {Durations.Format(Duration)}) or longer");
        }
        if (mistakes.Count > 0) throw new FalterException(mistakes, ExitCode.Usage);

        void Mistake(Fault fault, string what) => mistakes.Add(Finding.Refusal("bad-rule", $"rule '{fault.Written ?? fault.ToString()}': {what}; give a longer --duration, or less"));
    }

    private static TimeSpan? Longest(Fault fault) => fault switch
    {
        SyscallFault { Effect: { } effect } => new[] { effect.DelayEnter?.Longest, effect.DelayExit?.Longest }.Max(),
        NetworkFault network => network.Delay?.Longest,
        _ => null,
    };
}
