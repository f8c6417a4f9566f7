using System.CommandLine;
using Falter.Experiment;
using Falter.Inject;
using Falter.Linux.Containers;
using Falter.Records;

namespace Falter.Cli;

/// <summary><c>falter inject</c>: rules written by hand, armed for a time.</summary>
internal sealed class InjectCommand
{
    private const string Automatic = "auto";

    private static readonly TimeSpan s_byDefault = TimeSpan.FromSeconds(60);

    // How long a probe of the target may take until it is answered.
    private static readonly TimeSpan s_probeTimeout = TimeSpan.FromSeconds(2), s_probeInterval = TimeSpan.FromMilliseconds(200);

    private readonly Option<TimeSpan?> _duration = OptionTypes.OptionalDuration("--duration", $"How long the faults are armed [default: {Durations.Format(s_byDefault)}, or what --faults or --replay say]", "-d");
    private readonly Option<TimeSpan?> _after = OptionTypes.OptionalDuration("--after", "How long to wait before arming [default: not at all]");
    private readonly Option<string?> _ready = new("--ready") { Description = "Arm only once this URL answers 200 to 399, or this command ends with 0, so that the target can start", HelpName = "URL|COMMAND" };
    private readonly Option<string> _mechanism = OptionTypes.Choice("--mechanism", "How the kernel is made to act on system calls", Automatic, [Automatic, .. Mechanisms.All]);
    private readonly Option<string?> _log = OptionTypes.File("--log", "Write each call that is acted on to this file (faults.jsonl: time, process, call, arguments, path, peer, errno)");
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Say what would be done, by which mechanism and why, and do nothing" };
    private readonly Option<string> _format = OptionTypes.Choice("--format", "Counts as a table, or one JSON document", "text", "text", "json");
    private readonly TargetOptions _target;
    private readonly FaultSources _sources;

    private InjectCommand(Verb verb, CommandLine commandLine)
    {
        _target = new TargetOptions(verb, commandLine);
        _sources = new FaultSources(verb);
        foreach (Option option in (Option[])[_duration, _ready, _after, _mechanism, _log, _dryRun, _format]) verb.Options.Add(option);
        verb.SetAction(RunAsync);
    }

    /// <summary>The verb, for the list in <c>Program</c>.</summary>
    public static Command Create(CommandLine commandLine)
    {
        var verb = new Verb("inject", "Make system calls of the target fail, for a limited time")
        {
            Details = "In a rule, open and stat stand for all calls of their kind. A call failed before (the default) is skipped; failed after, it is carried out and then reported as failed. " +
                "The counts go to standard output, a launched command's own output to standard error. Ctrl-C disarms, and stops a command that was launched.",
            Example = "sudo falter inject openat:error=ENOENT:rate=5% -- curl http://localhost/",
        };
        _ = new InjectCommand(verb, commandLine);
        return verb;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        PlannedFaults planned = _sources.Read(parsed);
        TargetChoice target = _target.ReadRunning(parsed);
        var times = new InjectionTimes(parsed.GetValue(_duration) ?? planned.Duration ?? s_byDefault, Ready(parsed), parsed.GetValue(_after) ?? TimeSpan.Zero);
        string mechanism = parsed.GetValue(_mechanism)!;
        var plan = InjectionPlan.For(new InjectionTarget(target.Command, target.Pids, target.Group, ContainerOf(target, planned)), planned, times, mechanism == Automatic ? null : mechanism);
        InjectionOutput output = new(plan, parsed.GetValue(_format) == "json");
        if (parsed.GetValue(_dryRun))
        {
            output.Plan();
            return (int)ExitCode.Held;
        }
        await using FaultLog? log = parsed.GetValue(_log) is { } file ? FaultLog.Create(file) : null;
        await new InjectionSession(plan, output, log, cancel).RunAsync();
        return (int)ExitCode.Held;
    }

    /// <summary>The engine is asked only where a fault needs it.</summary>
    private static EngineContainer? ContainerOf(TargetChoice target, PlannedFaults planned) =>
        target.Container is { } name && planned.Faults.Any(f => f is ContainerFault) ? Container.OfEngine(name) : null;

    private ICheck? Ready(ParseResult parsed)
    {
        if (parsed.GetValue(_ready) is not { } text) return null;
        List<Finding> mistakes = [];
        CheckDefinition? check = CheckOptions.Check("--ready", text, s_probeInterval, s_probeTimeout, mistakes);
        // A URL or a command asks no role anything.
        return mistakes.Count == 0 ? Checks.Of(check!, role => throw new InvalidOperationException(role)) : throw new FalterException(mistakes, ExitCode.Usage);
    }
}
