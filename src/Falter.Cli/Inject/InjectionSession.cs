using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Falter.Experiment;
using Falter.Inject;
using Falter.Linux;
using Falter.Linux.Launch;
using Falter.Linux.Network;
using Falter.Linux.Proc;
using Falter.Linux.Ptrace;
using Falter.Linux.Seccomp;
using Falter.Linux.Undo;
using Falter.Records;

namespace Falter.Cli;

/// <summary>One injection: the target launched or attached to, the faults armed, watched and disarmed, the counts told.</summary>
internal sealed class InjectionSession(InjectionPlan plan, InjectionOutput output, FaultLog? log, CancellationToken cancel)
{
    // How soon the end of the target is noticed, and how often progress is shown.
    private static readonly TimeSpan s_attention = TimeSpan.FromMilliseconds(100), s_progress = TimeSpan.FromSeconds(1);

    // How long the target may take until it is ready.
    private static readonly TimeSpan s_readyTimeout = TimeSpan.FromSeconds(30);

    // How long the launched command may take to end by itself when the user interrupts.
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(5);

    private LaunchedProcess? _launched;
    private readonly Stopwatch _armed = new();
    private UndoJournal? _journal;
    private FaultSchedule? _schedule;
    private ISyscallInjector? _injector;

    // A container that is killed or restarted has other processes afterwards. An injector also knows the descendants, which may outlive those that were named.
    private bool Gone => !plan.Faults.Any(f => f is ContainerFault) &&
        (_launched?.Exited.IsCompleted == true || (_injector?.TargetGone ?? (_launched is null && plan.Target.Pids.All(p => ProcessStat.Read(p) is null or { HasEnded: true }))));

    public async Task RunAsync()
    {
        if (plan.Target.Command is null) await AttachAsync();
        else await LaunchAsync(plan.Target.Command);
    }

    private ArmedOptions Options(IReadOnlyList<int> roots) => new() { Log = log is null ? null : log.Add, RoleOf = RolesByAncestry.Named(roots).Of };

    private UndoJournal? OpenJournal() => plan.Others.Count == 0 ? null : UndoJournal.Open(KeeperProgram.Find());

    private void GiveGroup(int pid)
    {
        using NetworkScope scope = NetworkScope.Of([pid]);
        if (scope.ToMove.Count > 0) scope.MakeGroup(_journal!);
    }

    private async Task AttachAsync()
    {
        using TargetClaim claim = TargetClaim.Of(plan.Target.Pids);
        using UndoJournal? journal = _journal = OpenJournal();
        using ISyscallInjector? injector = _injector = plan.Choice?.Mechanism.Attach?.Invoke(plan.Target, plan.Rules);
        await InjectAsync(plan.Target.Pids);
    }

    private async Task LaunchAsync(IReadOnlyList<string> command)
    {
        log?.Intend(Intents([]));
        using UndoJournal? journal = _journal = OpenJournal();
        LaunchOptions options = new() { Command = command, InheritInput = true, OutputToError = true };
        using SeccompInjector? seccomp = plan.Choice?.Mechanism.Name == Mechanisms.SeccompNotify ? SeccompInjector.Prepare(plan.Rules.SelectMany(r => r.Syscalls).ToHashSet()) : null;
        (ISyscallInjector? own, LaunchedProcess target) = seccomp is null && plan.Choice?.Mechanism.Launch is { } launch ? launch(options, AtExec) : (null, Launcher.Launch(options, stopped => AtExec(seccomp, stopped)));
        await using LaunchedProcess launched = _launched = target;
        using ISyscallInjector? traced = own;
        using TargetClaim claim = TargetClaim.Of([launched.Pid]);
        using ISyscallInjector? attached = seccomp is null && traced is null ? await AttachToLaunchedAsync(launched, plan.Choice?.Mechanism) : null;
        _injector = seccomp ?? traced ?? attached;
        try
        {
            await InjectAsync([launched.Pid]);
            // The tracer has nothing more to do; a tracee that waits for its end would be slowed for nothing.
            traced?.Dispose();
            attached?.Dispose();
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

    /// <summary>Before the target's first instruction. Armed here where no delay is asked for; a launch takes long enough for thousands of calls.</summary>
    private void AtExec(ISyscallInjector? injector, StoppedTracee stopped)
    {
        if (plan.FromTheStart && injector is not null)
        {
            injector.Arm(plan.Rules, plan.Seed, Options([stopped.Tid]));
            _armed.Start();
        }
        (injector as SeccompInjector)?.AtExec(stopped);
        // A socket stays in the control group that it was made in: so the target gets one of its own before it makes any.
        if (plan.Others.Any(f => f is NetworkFault)) GiveGroup(stopped.Tid);
    }

    /// <summary>What attaches may come too late for a command that is quickly done, which then is no mistake in a process number.</summary>
    private async Task<ISyscallInjector?> AttachToLaunchedAsync(LaunchedProcess launched, SyscallMechanism? mechanism)
    {
        try
        {
            return mechanism?.Attach?.Invoke(plan.Target with { Pids = [launched.Pid] }, plan.Rules);
        }
        catch (Exception e) when (e is FalterException or LinuxException && ProcessStat.Read(launched.Pid) is null or { HasEnded: true })
        {
            throw await NeverArmedAsync();
        }
    }

    /// <summary>Waits, arms, watches, disarms, tells. The counts are told also when the user interrupts.</summary>
    private async Task InjectAsync(IReadOnlyList<int> roots)
    {
        if (plan.Ready is { } ready) await WaitUntilReadyAsync(ready);
        await WatchAsync(plan.After, null);
        bool armed = _injector is { Counts.Count: > 0 };
        if (!armed && Gone) throw await NeverArmedAsync();
        if (_launched is null) log?.Intend(Intents(roots));
        if (!armed) _injector?.Arm(plan.Rules, plan.Seed, Options(roots));
        _armed.Start();
        try
        {
            if (_journal is { } journal) _schedule = await FaultSchedule.BeginAsync(plan.Others, InjectionPlan.TargetsOf(plan.Target, roots), journal, plan.Seed);
            output.Armed(_injector);
            await WatchAsync(plan.Duration, elapsed => output.Progress(elapsed, _injector?.Counts ?? []));
        }
        finally
        {
            await DisarmAsync(roots);
        }
    }

    private async Task DisarmAsync(IReadOnlyList<int> roots)
    {
        try
        {
            if (_schedule is not null) await _schedule.DisposeAsync();
        }
        finally
        {
            _injector?.Disarm();
            if (log is not null) await log.FinishAsync(Outcomes(roots));
            output.Counts(_injector, _schedule?.Outcomes ?? [], _launched, Gone);
            if (_injector is BpfInjector { Untold: > 0 and var untold }) InjectionOutput.Talk(Finding.Limits("calls-not-logged", $"the kernel had no room to tell of {untold} calls, which monitors take for natural ones and the log lacks").ToString());
            if (log is { Dropped: > 0 and var dropped }) InjectionOutput.Talk(Finding.Limits("calls-not-logged", $"{dropped} lines are missing in the log").ToString());
        }
    }

    private IEnumerable<FaultRecord> Intents(IReadOnlyList<int> roots) => plan.Faults.Select((fault, index) => Record(index, fault, "intent", roots) with { Seed = plan.Seed });

    private IEnumerable<FaultRecord> Outcomes(IReadOnlyList<int> roots)
    {
        foreach (FaultOutcome outcome in _schedule?.Outcomes ?? [])
        {
            yield return Record(plan.Faults.ToList().IndexOf(outcome.Fault), outcome.Fault, "undone", roots) with { Mechanism = outcome.Mechanism ?? "", Injected = outcome.Injected };
        }
        SyscallFault[] rules = [.. plan.Rules];
        for (int rule = 0; rule < rules.Length && rule < (_injector?.Counts.Count ?? 0); rule++)
        {
            yield return Record(plan.Faults.ToList().IndexOf(rules[rule]), rules[rule], "undone", roots) with
            {
                Matched = _injector!.Counts[rule].Matched,
                Injected = _injector.Counts[rule].Injected,
                Skipped = SkipReasons.Words(_injector.Skipped[rule]),
            };
        }
    }

    private FaultRecord Record(int index, Fault fault, string step, IReadOnlyList<int> roots)
    {
        (string? mechanism, string? undo) = fault is SyscallFault ? (plan.Choice?.Mechanism.Name, _injector?.Undo ?? plan.Choice?.Mechanism.Undo)
            : plan.PlannedOthers.ElementAtOrDefault(plan.Others.ToList().IndexOf(fault)) is { } planned ? (planned.Mechanism, planned.Undo) : (null, null);
        return new FaultRecord(Math.Round(_armed.Elapsed.TotalSeconds, 3), index, step, fault.ToString()!, mechanism ?? "", roots, plan.Duration.TotalSeconds, undo ?? "");
    }

    private async Task<FalterException> NeverArmedAsync()
    {
        // The filter's listener tells of the end before the parent has waited for it; how it ended is worth the moment.
        if (_launched is not null) await Task.WhenAny(_launched.Exited, Task.Delay(s_grace, cancel));
        string when = plan.Ready is { } ready ? $"before it was ready (--ready {ready.Name})" : plan.After > TimeSpan.Zero ? $"before --after {Durations.Format(plan.After)} was over" : "before the rules could be armed";
        string how = _launched is { Exited.IsCompletedSuccessfully: true } ? $" with {_launched.Exited.Result}" : "";
        return FalterException.Usage("target-exited", $"the target ended{how} {when}, so nothing was armed; run it by itself and see how long it lives");
    }

    private async Task WaitUntilReadyAsync(ICheck ready)
    {
        var watch = Stopwatch.StartNew();
        while (!Gone)
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
    private async Task WatchAsync(TimeSpan duration, Action<TimeSpan>? progress)
    {
        var watch = Stopwatch.StartNew();
        TimeSpan next = s_progress;
        while (true)
        {
            // Also after the last pause: counts of an injection that had stopped by itself would be taken for all that could be done.
            if ((_schedule?.Failure ?? _injector?.Failure) is { } failure) ExceptionDispatchInfo.Throw(failure);
            if (Gone || watch.Elapsed >= duration) return;
            TimeSpan left = duration - watch.Elapsed;
            if (left > TimeSpan.Zero) await Task.Delay(left < s_attention ? left : s_attention, cancel);
            if (watch.Elapsed < next) continue;
            next += s_progress;
            progress?.Invoke(watch.Elapsed);
        }
    }
}
