using Falter.Inject;
using Falter.Model;
using Falter.Observe;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>The fault plans of an assessment: arm, watch, undo, recover, inspect, judge.</summary>
public sealed partial class AssessmentRunner
{
    // Probes of each check that the inspection waits for: enough for a majority to mean something, few enough to take two seconds.
    private const int InspectionProbes = 10;

    private readonly List<ProcessDeath> _deaths = [];
    private IReadOnlyList<ProcessDeath> _usualDeaths = [];
    private ProcessEnd? _ownEnd;
    private long _reported;

    private async Task RunPlansAsync(IReadOnlyList<ErrorModel> models, CancellationToken cancel)
    {
        for (int plan = 0; plan < models.Count; plan++)
        {
            TurnVerdict verdict = await RunPlanAsync(plan, models[plan], cancel);
            _verdicts.Add(new PlanVerdict { Plan = PlanOf(plan, models[plan]), Turns = [verdict] });
            if (verdict.Verdict == Verdict.NotExercised)
            {
                Find(Finding.Blocks("fault-not-fired", $"{models[plan].Name} was armed for {Durations.Format(_assessment.Inject)} and never injected: {verdict.Counts[0].Matched} calls of {models[plan].Syscall} while armed."));
            }
            if (_deaths.Count > 0)
            {
                string most = string.Join(", ", _deaths.GroupBy(d => (d.Process, d.How)).Select(g => $"{g.Count()} × {g.Key.Process} {g.Key.How}").Take(3));
                Find(Finding.Note("children-died", $"{models[plan].Name}: processes of the target were ended by a signal: {most}."));
            }
            bool harmed = verdict.Verdict is Verdict.Crashed or Verdict.Hung or Verdict.Corrupted || !_instance!.Alive;
            bool broken = harmed || _instance!.Injector!.Failure is not null;
            if (!broken || plan == models.Count - 1) continue;
            if (await TryRestartAsync(models, harmed, cancel) is { } obstacle)
            {
                Find(obstacle);
                AddNotRun(models.Skip(plan + 1), obstacle);
                return;
            }
        }
    }

    private async Task<TurnVerdict> RunPlanAsync(int plan, ErrorModel model, CancellationToken cancel)
    {
        ISyscallInjector injector = _instance!.Injector!;
        SyscallFault rule = RuleOf(model);
        double begin = _journal.Now;
        // The injection ends by itself a little after it should have been undone, also when this program hangs.
        TimeSpan limit = _assessment.Inject + TimeSpan.FromSeconds(5);
        FaultRecord Record(string step) => new(0, plan, step, rule.ToString(), injector.Mechanism, injector.Pids, limit.TotalSeconds, injector.Undo);
        // What died until now died of something else.
        TakeDeadChildren();
        _deaths.Clear();

        // 5 the intent is on the disk before anything is armed. Each plan draws its lots from a seed of its own.
        _journal.Fault(Record("intent") with { Seed = _assessment.Seed + (ulong)plan });
        _journal.BeginPhase(RunPhase.Inject, plan);
        NoteLogLength();
        _reported = 0;
        var limiter = new Timer(_ => DisarmAtLimit(injector), null, limit, Timeout.InfiniteTimeSpan);
        try
        {
            injector.Arm([rule], _assessment.Seed + (ulong)plan);
            _journal.Fault(Record("armed"));
            // 6 watch.
            await WatchAsync(injector, _assessment.Inject, cancel);
        }
        finally
        {
            // 7 undo. When the limiter has been waited for, it cannot fire into the next plan.
            injector.Disarm();
            await limiter.DisposeAsync();
            // Empty where arming itself failed.
            InjectionCounts counts = injector.Counts is [var own, ..] ? own : default;
            ReportInjected(counts.Injected);
            _journal.Fault(Record("undone") with { Matched = counts.Matched, Injected = counts.Injected, Skipped = injector.Skipped is [var skipped, ..] ? SkipReasons.Words(skipped) : null });
        }
        // 8 recover, then inspect with the injection off.
        _journal.BeginPhase(RunPhase.Recover, plan);
        await _instance.StayAliveAsync(_assessment.Recover, cancel);
        _journal.BeginPhase(RunPhase.Inspect, plan);
        await InspectAsync(plan, cancel);
        NoteLogLength();
        // 9 judge.
        return Judge.Decide(Observation(plan, model, injector, begin), new JudgeOptions());
    }

    private async Task WatchAsync(ISyscallInjector injector, TimeSpan duration, CancellationToken cancel)
    {
        double end = _journal.Now + duration.TotalSeconds;
        while (_journal.Now < end && _instance!.Alive)
        {
            double left = end - _journal.Now;
            await _instance.StayAliveAsync(TimeSpan.FromSeconds(Math.Clamp(left, 0, 1)), cancel);
            ReportInjected(injector.Counts[0].Injected);
            _deaths.AddRange(TakeDeadChildren());
        }
    }

    private void ReportInjected(long injected)
    {
        if (injected > _reported) _journal.Event("injected", value: injected - _reported);
        _reported = injected;
    }

    private async Task InspectAsync(int plan, CancellationToken cancel)
    {
        // Every probe ends within its time-out. Twice that: probes of an earlier phase that are not answered may hold back those of this one.
        double timeout = _assessment.Checks.Max(c => c.Timeout.TotalSeconds);
        double giveUp = _journal.Now + InspectionProbes * _assessment.CheckInterval.TotalSeconds + 2 * timeout + 1;
        while (_instance!.Alive && _journal.Now < giveUp && _assessment.Checks.Any(c => _journal.ProbesIn(c, RunPhase.Inspect, plan) < InspectionProbes))
        {
            await _instance.StayAliveAsync(TimeSpan.FromMilliseconds(50), cancel);
        }
        _deaths.AddRange(TakeDeadChildren());
    }

    private TurnObservation Observation(int plan, ErrorModel model, ISyscallInjector injector, double begin)
    {
        return new TurnObservation
        {
            Plan = PlanOf(plan, model),
            Turn = plan,
            Seed = _assessment.Seed + (ulong)plan,
            BeginSeconds = begin,
            EndSeconds = _journal.Now,
            Counts = [new FaultCount(RuleOf(model).ToString(), injector.Mechanism, injector.Counts[0].Matched, injector.Counts[0].Injected, SkipReasons.Words(injector.Skipped[0]))],
            Baseline = Seen(RunPhase.Baseline, null),
            Inject = Seen(RunPhase.Inject, plan),
            Recover = Seen(RunPhase.Recover, plan),
            Inspect = Seen(RunPhase.Inspect, plan),
            Death = DeathOfTarget(),
            ChildDeaths = [.. _deaths],
            UsualChildDeaths = _usualDeaths,
            InjectorFailure = injector.Failure?.Message,
        };
    }

    // How an attached process ended only its parent is told, but the monitor sees it.
    private ProcessDeath? DeathOfTarget() =>
        _instance!.Death is { } death && _assessment.Command is null && _ownEnd is { } end ? death with { Process = end.Process, How = end.Manner } : _instance.Death;

    private PhaseObservation Seen(RunPhase phase, int? plan) => new(_journal.ChecksOf(phase, plan), _journal.RequestsOf(phase, plan));

    // The target's log bears no time that could be trusted, but its length tells what was written while a plan ran.
    private void NoteLogLength()
    {
        var log = new FileInfo(_folder.PathOf(RunFolderFiles.TargetLog));
        if (log.Exists) _journal.Event("log-length", value: log.Length);
    }

    /// <summary>The children that a signal ended since the last call. The target's own death is seen by its instance; one that ended by itself is ordinary life.</summary>
    private ProcessDeath[] TakeDeadChildren()
    {
        IReadOnlyList<ProcessEnd> ends = _monitor.TakeEnds();
        _ownEnd = ends.FirstOrDefault(e => _instance!.Pids.Contains(e.Pid)) ?? _ownEnd;
        ProcessDeath[] deaths =
        [
            .. ends.Where(e => e.Signal is not null && !_instance!.Pids.Contains(e.Pid))
                .Select(e => new ProcessDeath(_journal.SecondsAt(e.StopwatchTimestamp), e.Process, e.Manner)),
        ];
        // A target that starts a process for each request may lose hundreds a second: one event for all of a kind.
        foreach (var kind in deaths.GroupBy(d => (d.Process, d.How)))
        {
            _journal.Event("child-died", $"{kind.Key.Process}: {kind.Key.How}{(kind.Count() > 1 ? $", {kind.Count()} times" : "")}");
        }
        return deaths;
    }

    /// <summary>On a thread of the pool, where an exception would end the process; that the injector has failed is asked for elsewhere.</summary>
    private static void DisarmAtLimit(ISyscallInjector injector)
    {
        try
        {
            injector.Disarm();
        }
        catch (InvalidOperationException)
        {
            // Its thread is gone, and with it the injection.
        }
    }

    private static SyscallFault RuleOf(ErrorModel model) => SyscallFault.Error([model.Syscall], model.Errno, model.InjectedRate);

    private static FaultPlan PlanOf(int number, ErrorModel model) =>
        new() { Number = number, Name = model.Name, Origin = PlanOrigin.Natural, Faults = [new RoleFault(null, RuleOf(model))], Models = [model] };

    private void AddNotRun(IEnumerable<ErrorModel> models, Finding obstacle)
    {
        foreach (ErrorModel model in models)
        {
            _verdicts.Add(new PlanVerdict { Plan = PlanOf(_verdicts.Count, model), Turns = [], NotRun = obstacle.Message });
        }
    }
}
