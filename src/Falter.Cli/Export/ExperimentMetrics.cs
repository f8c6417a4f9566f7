using Falter.Experiment;
using Falter.Records;

namespace Falter.Cli;

/// <summary>Publishes what happens in a run: natural errors while it observes, phases, checks and injections all the time.</summary>
internal sealed class ExperimentMetrics
{
    private readonly MetricExports _exports;
    private IReadOnlyList<FaultPlan> _plans = [];

    public ExperimentMetrics(MetricExports exports, ExperimentRunner runner)
    {
        _exports = exports;
        runner.Happened += Happened;
        runner.Probed = probe => exports.Metrics.SetCheck(probe.Check, probe.Passed);
        runner.Sampled += Sampled;
        runner.PlansMade += plans => _plans = plans;
    }

    private void Sampled(IntervalSample sample)
    {
        if (_exports.Add(sample) is { } dropped) Console.Error.WriteLine($"falter: {dropped}");
    }

    private void Happened(RunEvent happened)
    {
        if (happened.Kind == "phase") _exports.Metrics.SetPhase(happened.Phase);
        // The metric is of calls that report an errno: what else a plan does has no series.
        if (happened is not { Kind: "injected", Plan: { } plan, Value: { } count }) return;
        if (_plans[plan].Faults is [{ Fault: SyscallFault { Syscalls: [var syscall], Effect.Error: { } errno } rule }]) _exports.Metrics.AddInjections(rule.ToString(), syscall, errno, count);
    }
}
