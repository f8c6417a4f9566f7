using System.CommandLine;
using Falter.Experiment;
using Falter.Linux.Launch;
using Falter.Linux.Proc;
using Falter.Records;

namespace Falter.Cli;

/// <summary>The options of <c>falter assess</c>, read into an <see cref="Assessment"/>, all mistakes at once.</summary>
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
    private readonly Option<ulong?> _seed = OptionTypes.Seed("Seed of every chance in the run");
    private readonly Option<int> _maxModels = OptionTypes.Count("--max-models", "The most models that are tried", 10);

    public AssessOptions(Command verb, CommandLine commandLine)
    {
        _target = new TargetOptions(verb, commandLine);
        _checks = new CheckOptions(verb);
        foreach (Option option in new Option[] { _observe, _interval, _baseline, _inject, _recover, _warmUp, _ready, _pace, _seed, _maxModels }) verb.Options.Add(option);
    }

    public Assessment Read(ParseResult parsed)
    {
        List<Finding> mistakes = [];
        TargetChoice target = _target.ReadRunning(parsed);
        if (target.Command is { } command) _ = Launcher.Locate(new LaunchOptions { Command = command });
        ulong seed = parsed.GetValue(_seed) ?? (ulong)Random.Shared.Next(1, 100_000);
        IReadOnlyList<ICheck> checks = _checks.ReadChecks(parsed, parsed.GetValue(_pace), mistakes);
        Load.IWorkload? workload = _checks.ReadWorkload(parsed, seed, mistakes);
        foreach (Option<TimeSpan> option in new[] { _observe, _interval, _baseline, _inject, _pace })
        {
            if (parsed.GetValue(option) < TimeSpan.FromMilliseconds(10)) mistakes.Add(Finding.Refusal("bad-option", $"{option.Name}: too short; expected at least 10ms"));
        }
        if (parsed.GetValue(_interval) > parsed.GetValue(_observe)) mistakes.Add(Finding.Refusal("bad-option", "--interval: longer than --observe, so nothing would be observed; expected at most a fifth of it"));
        if (mistakes.Count > 0) throw new FalterException(mistakes, ExitCode.Usage);
        return new Assessment
        {
            Command = target.Command,
            Pids = target.Pids,
            TargetName = NameOf(target),
            Checks = checks,
            Workload = workload,
            Seed = seed,
            ReadyTimeout = parsed.GetValue(_ready),
            WarmUp = parsed.GetValue(_warmUp),
            Observe = parsed.GetValue(_observe),
            Interval = parsed.GetValue(_interval),
            Baseline = parsed.GetValue(_baseline),
            Inject = parsed.GetValue(_inject),
            Recover = parsed.GetValue(_recover),
            CheckInterval = parsed.GetValue(_pace),
            MaxModels = parsed.GetValue(_maxModels),
        };
    }

    // The name becomes part of the run folder's: letters that a shell or a browser would trip over are replaced.
    private static string NameOf(TargetChoice target)
    {
        string name = target.Command is { } command ? Path.GetFileName(command[0]) : target.Pids.Select(TargetProcess.Check).ToList()[0].Name;
        return string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' ? c : '_'));
    }
}
