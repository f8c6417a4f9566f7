using System.CommandLine;
using Falter.Inject;
using Falter.Linux.Launch;
using Falter.Linux.Proc;
using Falter.Records;

namespace Falter.Cli;

/// <summary>The options of <c>falter assess</c>, read into an experiment, all mistakes at once.</summary>
internal sealed class AssessOptions
{
    private readonly TargetOptions _target;
    private readonly CheckOptions _checks;
    private readonly Option<TimeSpan> _observe = OptionTypes.Duration("--observe", "Length of the observation of natural errors", TimeSpan.FromSeconds(30));
    private readonly Option<TimeSpan> _interval = OptionTypes.Duration("--interval", "Error rates are taken per interval of this length", TimeSpan.FromSeconds(1), "-i");
    private readonly Option<TimeSpan> _baseline = OptionTypes.Duration("--baseline", "Length of the steady state that each model is compared with", TimeSpan.FromSeconds(20));
    private readonly Option<TimeSpan> _inject = OptionTypes.Duration("--inject", "How long each model is injected", TimeSpan.FromSeconds(20));
    private readonly Option<TimeSpan> _recover = OptionTypes.Duration("--recover", "How long the target may take to recover before it is inspected", TimeSpan.FromSeconds(10));
    private readonly Option<TimeSpan> _warmUp = OptionTypes.Duration("--warm-up", "Load before anything is measured", TimeSpan.FromSeconds(3));
    private readonly Option<TimeSpan> _ready = OptionTypes.Duration("--ready-timeout", "How long the target may take until every check passes", TimeSpan.FromSeconds(30));
    private readonly Option<TimeSpan> _pace = OptionTypes.Duration("--check-interval", "Pace of the checks", TimeSpan.FromMilliseconds(200));
    private readonly Option<int> _maxModels = OptionTypes.Count("--max-models", "The most models that are tried", 10);

    public AssessOptions(Command verb, CommandLine commandLine)
    {
        _target = new TargetOptions(verb, commandLine);
        _checks = new CheckOptions(verb);
        foreach (Option option in new Option[] { _observe, _interval, _baseline, _inject, _recover, _warmUp, _ready, _pace, _maxModels }) verb.Options.Add(option);
    }

    public ExperimentDefinition Read(ParseResult parsed)
    {
        List<Finding> mistakes = [];
        TargetChoice target = _target.ReadRunning(parsed);
        if (target.Command is { } command) _ = Launcher.Locate(new LaunchOptions { Command = command });
        IReadOnlyList<CheckDefinition> checks = _checks.ReadChecks(parsed, parsed.GetValue(_pace), mistakes);
        WorkloadDefinition? workload = _checks.ReadWorkload(parsed, mistakes);
        foreach (Option<TimeSpan> option in new[] { _observe, _interval, _baseline, _inject, _pace })
        {
            if (parsed.GetValue(option) < TimeSpan.FromMilliseconds(10)) mistakes.Add(Finding.Refusal("bad-option", $"{option.Name}: too short; expected at least 10ms"));
        }
        if (parsed.GetValue(_interval) > parsed.GetValue(_observe)) mistakes.Add(Finding.Refusal("bad-option", "--interval: longer than --observe, so nothing would be observed; expected at most a fifth of it"));
        if (mistakes.Count > 0) throw new FalterException(mistakes, ExitCode.Usage);
        return Definition(parsed, target, checks, workload);
    }

    private ExperimentDefinition Definition(ParseResult parsed, TargetChoice target, IReadOnlyList<CheckDefinition> checks, WorkloadDefinition? workload)
    {
        int models = parsed.GetValue(_maxModels);
        IReadOnlyList<ProcessDefinition> processes = AssessedProcesses.Of(target, parsed.GetValue(_ready));
        return new ExperimentDefinition
        {
            Name = AssessedProcesses.NameOf(target),
            System = new SystemDefinition { Processes = processes },
            Checks = checks,
            Workloads = workload is null ? [] : [workload],
            Faults = new FaultsDefinition
            {
                // Processes that were given together are one target.
                Natural = new NaturalFaults([], models) { Together = processes.Count > 1 },
                MostPlans = Math.Max(models, new FaultsDefinition().MostPlans),
                // Before the call, as with a launched target, and of every call: eBPF can do so on some machines alone.
                Mechanism = target.Command is null ? Mechanisms.Ptrace : null,
            },
            Phases = new PhaseLengths
            {
                WarmUp = parsed.GetValue(_warmUp),
                Observe = parsed.GetValue(_observe),
                Interval = parsed.GetValue(_interval),
                Baseline = parsed.GetValue(_baseline),
                Inject = parsed.GetValue(_inject),
                Recover = parsed.GetValue(_recover),
            },
        };
    }
}
