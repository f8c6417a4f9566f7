using Falter.Experiment;
using Falter.Inject;
using Falter.Records;

namespace Falter.Cli;

/// <summary>What an experiment would do, for <c>--dry-run</c>: known without anything being started.</summary>
internal static class ExperimentText
{
    private static readonly Errno s_any = Errno.TryParse("EIO", out Errno errno) ? errno : default;

    /// <summary>What a workload sends or runs.</summary>
    public static IReadOnlyList<string> Requests(WorkloadDefinition workload) => workload switch
    {
        HttpWorkloadDefinition http => http.Urls,
        CommandWorkloadDefinition command => [command.Command],
        RoundWorkloadDefinition round => [.. new[] { round.Send, round.Fetch, round.Validate }.OfType<string>()],
        _ => [],
    };

    /// <summary>How long the inspection of a turn takes.</summary>
    public static TimeSpan Inspection(ExperimentDefinition definition) => definition.Phases.Inspect ?? definition.Checks.Max(c => c.Interval) * 10;

    /// <summary>One turn, from the building of the system on, without its start.</summary>
    public static TimeSpan Turn(ExperimentDefinition definition)
    {
        PhaseLengths phases = definition.Phases;
        bool keeps = definition.Keep || definition.System.Processes.Any(p => p.Attach is not null);
        return (keeps ? TimeSpan.Zero : phases.WarmUp + phases.Baseline) + phases.Inject + phases.Recover + Inspection(definition);
    }

    public static void Write(ExperimentDefinition definition, IReadOnlyList<ErrorModel> models, TextWriter output)
    {
        PhaseLengths phases = definition.Phases;
        foreach ((string name, IEnumerable<string> lines) in (IEnumerable<(string, IEnumerable<string>)>)
        [
            ("experiment", definition.Description.Length > 0 ? [definition.Name, definition.Description] : [definition.Name]),
            ("target", definition.System.Processes.Select(Process)),
            ("checks", definition.Checks.Select(c => $"{c.Name}, every {Durations.Format(c.Interval)}")),
            ("workload", definition.Workloads.Count == 0 ? ["none: the system is driven by somebody else"] : definition.Workloads.Select(Workload)),
            ("observe", definition.Faults.Natural is { } natural ? [$"eBPF tracepoints, {Durations.Format(phases.Observe)} in intervals of {Durations.Format(phases.Interval)}, after {Durations.Format(phases.WarmUp)} of warm-up",
                $"ratio rule (floor 5%, ratio 10, factor 1.2); at most {natural.MaxModels} models{(definition.Faults.Strategy == FaultStrategy.Random ? "; as many faults are then chosen at random instead" : "")}"] : ["nothing: no natural errors are asked for"]),
            ("plans", Plans(definition, models)),
            ("mechanism", definition.System.Processes.Select(p => Mechanism(definition, models, p))),
            ("phases", [$"{(definition.Keep ? "once" : "for each plan")} warm up {Durations.Format(phases.WarmUp)}, baseline {Durations.Format(phases.Baseline)}; then inject {Durations.Format(phases.Inject)}, recover {Durations.Format(phases.Recover)}, inspect {Durations.Format(Inspection(definition))}",
                $"{definition.Repetitions} × each plan, {(definition.Order == PlanOrder.Random ? "in random order" : "as written")}{(definition.Faults.FindThresholds ? ", and a search for thresholds" : "")}"]),
            ("stop", definition.StopRules.Select(r => $"{(r.EndsRun ? "the run" : "the injection")} where {r.Check} fails for {Durations.Format(r.FailingFor)}")),
            ("undo", ["what was armed is disarmed in reverse order; when Falter dies, the kernel or a keeper process does it; what was launched is stopped at the end"]),
            ("seed", [$"{definition.Seed}"]),
            ("at most", [$"{Durations.Format(Longest(definition, models))}, without the time that the system takes to start{(definition.Faults.FindThresholds ? " and the search for thresholds" : "")}"]),
        ])
        {
            string title = name;
            foreach (string line in lines)
            {
                output.WriteLine($"{title,-10} {line}");
                title = "";
            }
        }
    }

    /// <summary>The run's length with as many plans as there can be, without starts of the system.</summary>
    public static TimeSpan Longest(ExperimentDefinition definition, IReadOnlyList<ErrorModel> models)
    {
        PhaseLengths phases = definition.Phases;
        TimeSpan before = definition.Faults.Natural is null ? TimeSpan.Zero : phases.WarmUp + phases.Observe;
        bool keeps = definition.Keep || definition.System.Processes.Any(p => p.Attach is not null);
        return before + (keeps ? phases.WarmUp + phases.Baseline : TimeSpan.Zero) + Turn(definition) * ((double)MostPlans(definition, models) * definition.Repetitions);
    }

    private static int MostPlans(ExperimentDefinition definition, IReadOnlyList<ErrorModel> models)
    {
        long singles = definition.Faults.Plans.Count + models.Count + (definition.Faults.Natural?.MaxModels ?? 0), all = 0, choices = 1;
        for (long size = 1; size <= Math.Min(definition.Faults.AtOnce, singles) && all < definition.Faults.MostPlans; size++) all += choices = choices * (singles - size + 1) / size;
        return (int)Math.Min(all, definition.Faults.MostPlans);
    }

    private static IEnumerable<string> Plans(ExperimentDefinition definition, IReadOnlyList<ErrorModel> models)
    {
        if (definition.Faults.Natural is not null) yield return "natural errors: known when they were observed";
        foreach (FaultPlan plan in Written(definition, models).Plans) yield return $"{plan.Name}: {string.Join(", ", plan.Faults)}";
        if (definition.Faults.AtOnce > 1) yield return $"up to {definition.Faults.AtOnce} at once";
    }

    private static MadePlans Written(ExperimentDefinition definition, IReadOnlyList<ErrorModel> models) =>
        FaultPlans.Of(definition.Faults with { Natural = null, AtOnce = 1 }, [.. definition.System.Processes.Select(p => p.Role)], [], models);

    private static string Process(ProcessDefinition process) => process switch
    {
        { Command: { } command } => $"{process.Role}: launch {ShellWords.Join(command)}",
        { Attach: { } attach } => $"{process.Role}: attach to {(attach.Pid is { } pid ? $"pid {pid}" : attach.Name ?? attach.Cgroup ?? attach.Container)}, with threads and children",
        _ => process.Role,
    };

    private static string Workload(WorkloadDefinition workload) => workload switch
    {
        HttpWorkloadDefinition http => FormattableString.Invariant($"{http.RatePerSecond}/s, open loop, of {string.Join(' ', http.Urls)}"),
        CommandWorkloadDefinition { Parallel: > 1 } command => $"again and again, {command.Parallel} side by side: {command.Command}",
        _ => $"again and again: {string.Join("; ", Requests(workload))}",
    };

    /// <summary>The mechanism of a role's rules, by the same choice as in a run; for natural errors by the kind of rule that they become.</summary>
    private static string Mechanism(ExperimentDefinition definition, IReadOnlyList<ErrorModel> models, ProcessDefinition process)
    {
        SyscallFault[] rules = [.. Written(definition, models).Plans.SelectMany(p => p.Faults).Where(f => f.Role is null || f.Role == process.Role).Select(f => f.Fault).OfType<SyscallFault>()];
        if (rules.Length == 0 && definition.Faults.Natural is not null) rules = [SyscallFault.Error([Syscall.Named("openat")], s_any, 0.05)];
        if (rules.Length == 0) return $"{process.Role}: no rules for system calls";
        InjectionTarget target = process.Command is { } command ? new InjectionTarget(command, []) : RunningTarget.Find(process.Attach!, $"role {process.Role}");
        try
        {
            MechanismChoice choice = MechanismChoice.For(target, rules, definition.Faults.Mechanism);
            return $"{process.Role}: {choice.Mechanism.Name}: {choice.Mechanism.Reason}";
        }
        catch (FalterException e)
        {
            return $"{process.Role}: none that carries all of its rules out together; chosen for each plan ({e.Findings[0].Message})";
        }
    }
}
