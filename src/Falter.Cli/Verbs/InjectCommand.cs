using System.CommandLine;
using System.Diagnostics;
using Falter.Experiment;
using Falter.Inject;
using Falter.Linux.Launch;
using Falter.Records;

namespace Falter.Cli;

/// <summary><c>falter inject</c>: rules written by hand, armed for a time.</summary>
internal sealed class InjectCommand
{
    // How soon the end of the target is noticed, and how often progress is shown.
    private static readonly TimeSpan s_attention = TimeSpan.FromMilliseconds(100), s_progress = TimeSpan.FromSeconds(1);

    // How long the target may take until it is ready, and a probe of it until it is answered.
    private static readonly TimeSpan s_readyTimeout = TimeSpan.FromSeconds(30), s_probeTimeout = TimeSpan.FromSeconds(2);

    // How long the launched command may take to end by itself when the user interrupts.
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(5);

    private readonly Argument<string[]> _rules = new("RULE")
    {
        Description = "SYSCALLS:error=ERRNO[:rate=5%][:count=N][:phase=before|after]; SYSCALLS are names parted by commas; the first rule that names a call decides it",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<TimeSpan> _duration = OptionTypes.Duration("--duration", "How long the rules are armed", TimeSpan.FromSeconds(60), "-d");
    private readonly Option<TimeSpan?> _after = OptionTypes.OptionalDuration("--after", "How long to wait before arming [default: not at all]");
    private readonly Option<string?> _ready = new("--ready") { Description = "Arm only once this URL answers 200 to 399, or this command ends with 0, so that the target can start", HelpName = "URL|COMMAND" };
    private readonly Option<ulong?> _seed = OptionTypes.Seed("Same seed, same calls per thread: same choices");
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Say what would be done, by which mechanism and why, and do nothing" };
    private readonly Option<string> _format = OptionTypes.Choice("--format", "Counts as a table, or one JSON document", "text", "text", "json");
    private readonly TargetOptions _target;
    private readonly ModelRules _models;
    private readonly string _example;

    private InjectCommand(Verb verb, CommandLine commandLine)
    {
        _example = verb.Example;
        _target = new TargetOptions(verb, commandLine);
        verb.Arguments.Add(_rules);
        _models = new ModelRules(verb);
        foreach (Option option in (Option[])[_duration, _ready, _after, _seed, _dryRun, _format]) verb.Options.Add(option);
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
        IReadOnlyList<SyscallFault> rules = Rules(parsed);
        TargetChoice target = _target.ReadRunning(parsed);
        // 53 bits: every reader of JSON keeps it whole.
        ulong seed = parsed.GetValue(_seed) ?? (ulong)Random.Shared.NextInt64(1L << 53);
        var plan = InjectionPlan.For(target, rules, parsed.GetValue(_duration), Ready(parsed), parsed.GetValue(_after) ?? TimeSpan.Zero, seed);
        InjectionOutput output = new(plan, parsed.GetValue(_format) == "json");
        if (parsed.GetValue(_dryRun))
        {
            output.Plan();
            return (int)ExitCode.Held;
        }
        await (target.Command is { } command ? LaunchAsync(command, plan, output, cancel) : AttachAsync(plan, output, cancel));
        return (int)ExitCode.Held;
    }

    private IReadOnlyList<SyscallFault> Rules(ParseResult parsed)
    {
        string[] written = parsed.GetValue(_rules) ?? [];
        IReadOnlyList<SyscallFault>? models = _models.Read(parsed);
        if (models is not null && written.Length > 0) throw FalterException.Usage("bad-option", $"'{written[0]}' and --models: expected rules or models, not both");
        if (models is null && written.Length == 0) throw FalterException.Usage("bad-option", $"RULE is missing; expected for example {_example}");
        return models ?? FaultRuleParser.Parse(written);
    }

    private ICheck? Ready(ParseResult parsed)
    {
        if (parsed.GetValue(_ready) is not { } text) return null;
        List<Finding> mistakes = [];
        ICheck? check = CheckOptions.Check("--ready", text, s_probeTimeout, mistakes);
        return mistakes.Count == 0 ? check : throw new FalterException(mistakes, ExitCode.Usage);
    }

    private static async Task AttachAsync(InjectionPlan plan, InjectionOutput output, CancellationToken cancel)
    {
        using var injector = PtraceInjector.Attach(plan.Pids);
        await InjectAsync(injector, plan, output, null, cancel);
    }

    private static async Task LaunchAsync(IReadOnlyList<string> command, InjectionPlan plan, InjectionOutput output, CancellationToken cancel)
    {
        using SeccompInjector? seccomp = plan.UsesSeccomp ? SeccompInjector.Prepare(plan.Rules.SelectMany(r => r.Syscalls).ToHashSet()) : null;
        // Armed before the first instruction where no delay is asked for; the launch takes long enough for thousands of calls.
        if (plan.FromTheStart) seccomp?.Arm(plan.Rules, plan.Seed);
        LaunchOptions options = new() { Command = command, InheritInput = true, OutputToError = true };
        await using LaunchedProcess launched = seccomp is null ? Launcher.Launch(options) : Launcher.Launch(options, seccomp.AtExec);
        using PtraceInjector? ptrace = seccomp is null ? PtraceInjector.Attach([launched.Pid]) : null;
        try
        {
            await InjectAsync(seccomp ?? (ISyscallInjector)ptrace!, plan, output, launched, cancel);
            // The tracer has nothing more to do; a tracee that waits for its end would be slowed for nothing.
            ptrace?.Dispose();
            if (!launched.Exited.IsCompleted) InjectionOutput.Talk($"disarmed; waiting for the target (pid {launched.Pid}) to end");
            ExitStatus status = await launched.Exited.WaitAsync(cancel);
            InjectionOutput.Talk($"the target ended: {status}");
        }
        catch (OperationCanceledException)
        {
            ExitStatus status = await launched.StopAsync(s_grace);
            InjectionOutput.Talk($"the target was stopped: {status}");
            throw;
        }
    }

    /// <summary>Waits, arms, watches, disarms, tells. The counts are told also when the user interrupts.</summary>
    private static async Task InjectAsync(ISyscallInjector injector, InjectionPlan plan, InjectionOutput output, LaunchedProcess? launched, CancellationToken cancel)
    {
        bool Gone() => launched?.Exited.IsCompleted == true || injector.TargetGone;
        if (plan.Ready is { } ready) await WaitUntilReadyAsync(ready, Gone, cancel);
        await WatchAsync(plan.After, Gone, null, cancel);
        if (injector.Counts.Count == 0 && Gone())
        {
            // The filter's listener tells of the end before the parent has waited for it; how it ended is worth the moment.
            if (launched is not null) await Task.WhenAny(launched.Exited, Task.Delay(s_grace, cancel));
            throw FalterException.Usage("target-exited", NeverArmed(plan, launched));
        }
        if (injector.Counts.Count == 0) injector.Arm(plan.Rules, plan.Seed);
        output.Armed(injector);
        try
        {
            await WatchAsync(plan.Duration, Gone, elapsed => output.Progress(elapsed, injector.Counts), cancel);
        }
        finally
        {
            injector.Disarm();
            output.Counts(injector, launched);
        }
    }

    private static string NeverArmed(InjectionPlan plan, LaunchedProcess? launched)
    {
        string when = plan.Ready is { } ready ? $"before it was ready (--ready {ready.Name})" : plan.After > TimeSpan.Zero ? $"before --after {Durations.Format(plan.After)} was over" : "before the rules could be armed";
        string how = launched is { Exited.IsCompletedSuccessfully: true } ? $" with {launched.Exited.Result}" : "";
        return $"the target ended{how} {when}, so nothing was armed; run it by itself and see how long it lives";
    }

    private static async Task WaitUntilReadyAsync(ICheck ready, Func<bool> gone, CancellationToken cancel)
    {
        var watch = Stopwatch.StartNew();
        while (!gone())
        {
            ProbeResult probe = await ready.ProbeAsync(cancel);
            if (probe.Passed) return;
            if (watch.Elapsed > s_readyTimeout)
            {
                throw FalterException.Usage("check-never-healthy", $"--ready {ready.Name}: not healthy within {Durations.Format(s_readyTimeout)}, so nothing was armed; last answer: {probe.Detail}");
            }
            await Task.Delay(s_attention, cancel);
        }
    }

    /// <summary>Returns when the time is over or the target is gone.</summary>
    private static async Task WatchAsync(TimeSpan duration, Func<bool> gone, Action<TimeSpan>? progress, CancellationToken cancel)
    {
        var watch = Stopwatch.StartNew();
        TimeSpan next = s_progress;
        while (!gone() && watch.Elapsed < duration)
        {
            TimeSpan left = duration - watch.Elapsed;
            if (left > TimeSpan.Zero) await Task.Delay(left < s_attention ? left : s_attention, cancel);
            if (watch.Elapsed < next) continue;
            next += s_progress;
            progress?.Invoke(watch.Elapsed);
        }
    }
}
