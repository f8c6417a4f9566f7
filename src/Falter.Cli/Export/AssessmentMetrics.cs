using Falter.Experiment;
using Falter.Records;

namespace Falter.Cli;

/// <summary>Publishes what happens in an assessment: natural errors while it observes, phases, checks and injections all the time.</summary>
internal sealed class AssessmentMetrics
{
    private readonly MetricExports _exports;
    private IReadOnlyList<ErrorModel> _models = [];

    public AssessmentMetrics(MetricExports exports, AssessmentRunner runner)
    {
        _exports = exports;
        runner.Happened += Happened;
        runner.Probed += probe => exports.Metrics.SetCheck(probe.Check, probe.Passed);
        runner.Sampled += Sampled;
    }

    /// <summary>Notes the models that the plans are numbered by.</summary>
    public void Chosen(IReadOnlyList<ErrorModel> models) => _models = models;

    private void Sampled(IntervalSample sample)
    {
        if (_exports.Add(sample) is { } dropped) Console.Error.WriteLine($"falter: {dropped}");
    }

    private void Happened(RunEvent happened)
    {
        if (happened.Kind == "phase") _exports.Metrics.SetPhase(happened.Phase);
        if (happened is not { Kind: "injected", Plan: { } plan, Value: { } count }) return;
        ErrorModel model = _models[plan];
        var rule = SyscallFault.Error([model.Syscall], model.Errno, model.InjectedRate);
        _exports.Metrics.AddInjections(rule.ToString(), model.Syscall, model.Errno, count);
    }
}
