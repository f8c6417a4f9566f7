using Falter.Experiment;
using Falter.Records;

namespace Falter.Cli;

/// <summary>What an assessment would do, for <c>--dry-run</c>.</summary>
internal static class AssessmentPlanText
{
    public static void Write(Assessment plan, TextWriter output)
    {
        string target = plan.Command is { } command ? $"launch: {ShellWords.Join(command)}" : $"attach: pid {string.Join(", ", plan.Pids)}, with threads and children";
        output.WriteLine($"""
            target     {target}
            checks     {string.Join(Environment.NewLine + "           ", plan.Checks.Select(c => c.Name))}
                       every {Durations.Format(plan.CheckInterval)}
            workload   {Workload(plan)}
            observe    eBPF tracepoints, {Durations.Format(plan.Observe)} in intervals of {Durations.Format(plan.Interval)}, after {Durations.Format(plan.WarmUp)} of warm-up
            model      ratio rule (floor 5%, ratio 10, factor 1.2); at most {plan.MaxModels} models
            inject     {Mechanism(plan)}
            phases     baseline {Durations.Format(plan.Baseline)}, then for each model inject {Durations.Format(plan.Inject)}, recover {Durations.Format(plan.Recover)}, inspect
            undo       {Undo(plan)}
            seed       {plan.Seed}
            at most    {Durations.Format(Longest(plan))}, without restarts
            """);
    }

    /// <summary>The run's length with as many models as allowed, without restarts of the target after a crash.</summary>
    public static TimeSpan Longest(Assessment plan) => Before(plan) + (plan.Inject + plan.Recover + TimeSpan.FromSeconds(2)) * plan.MaxModels;

    private static TimeSpan Before(Assessment plan) => plan.WarmUp * 2 + plan.Observe + plan.Baseline;

    private static string Workload(Assessment plan) => plan.Workload switch
    {
        null => "none: the target is driven by somebody else",
        { Rate: { } rate } workload => $"{rate}/s, open loop, of {string.Join(' ', workload.Requests)}",
        var workload => $"again and again: {workload.Requests[0]}",
    };

    private static string Mechanism(Assessment plan) => plan.Command is null
        ? "ptrace, before the call: a running target cannot be given a filter that goes away again; every system call of it is slowed"
        : "seccomp user notification, before the call: the target is launched again with a filter for the calls of the models";

    private static string Undo(Assessment plan) => plan.Command is null
        ? "detach; when Falter dies, the kernel detaches"
        : "answer \"continue\"; when Falter dies, a keeper process does; at the end the target is stopped";
}
