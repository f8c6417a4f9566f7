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

    private async Task RunPlansAsync(IReadOnlyList<ErrorModel> models, CancellationToken cancel)
    {
        for (int plan = 0; plan < models.Count; plan++)
        {
            ModelVerdict verdict = await RunPlanAsync(plan, models[plan], cancel);
            _verdicts.Add(verdict);
            if (verdict.Verdict == Verdict.NotExercised)
            {
                Find(Finding.Blocks("fault-not-fired", $"{models[plan].Name} was armed for {Durations.Format(_assessment.Inject)} and never injected: {verdict.Counts.Matched} calls of {models[plan].Syscall} while armed."));
            }
            bool broken = verdict.Verdict is Verdict.Crashed or Verdict.Hung or Verdict.Corrupted || !_instance!.Alive;
            if (!broken || plan == models.Count - 1) continue;
            if (!await TryRestartAsync(models, cancel))
            {
                AddNotRun(models.Skip(plan + 1));
                return;
            }
        }
    }

    private async Task<ModelVerdict> RunPlanAsync(int plan, ErrorModel model, CancellationToken cancel)
    {
        ISyscallErrorInjector injector = _instance!.Injector!;
        var rule = new SyscallErrorRule { Syscalls = [model.Syscall], Errno = model.Errno, Rate = model.InjectedRate };
        // The injection ends by itself a little after it should have been undone, also when this program hangs.
        TimeSpan limit = _assessment.Inject + TimeSpan.FromSeconds(5);
        FaultRecord Record(string step) => new(0, plan, step, rule.ToString(), injector.Mechanism, injector.Pids, limit.TotalSeconds, injector.Undo);
        lock (_deaths) _deaths.Clear();

        // 5 the intent is on the disk before anything is armed. Each plan draws its lots from a seed of its own.
        _journal.Fault(Record("intent"));
        _journal.BeginPhase(RunPhase.Inject, plan);
        using var limiter = new Timer(_ => injector.Disarm(), null, limit, Timeout.InfiniteTimeSpan);
        try
        {
            injector.Arm([rule], _assessment.Seed + (ulong)plan);
            _journal.Fault(Record("armed"));
            // 6 watch.
            await WatchAsync(injector, _assessment.Inject, cancel);
        }
        finally
        {
            // 7 undo.
            injector.Disarm();
            InjectionCounts counts = injector.Counts[0];
            _journal.Fault(Record("undone") with { Matched = counts.Matched, Injected = counts.Injected });
        }
        // 8 recover, then inspect with the injection off.
        _journal.BeginPhase(RunPhase.Recover, plan);
        await _instance.StayAliveAsync(_assessment.Recover, cancel);
        _journal.BeginPhase(RunPhase.Inspect, plan);
        await InspectAsync(plan, cancel);
        // 9 judge.
        return Judge.Decide(Observation(plan, model, injector), new JudgeOptions());
    }

    private async Task WatchAsync(ISyscallErrorInjector injector, TimeSpan duration, CancellationToken cancel)
    {
        double end = _journal.Now + duration.TotalSeconds;
        long reported = 0;
        while (_journal.Now < end && _instance!.Alive)
        {
            double left = end - _journal.Now;
            await _instance.StayAliveAsync(TimeSpan.FromSeconds(Math.Clamp(left, 0, 1)), cancel);
            long injected = injector.Counts[0].Injected;
            if (injected > reported) _journal.Event("injected", value: injected - reported);
            reported = injected;
            NoteDeadChildren();
        }
    }

    private async Task InspectAsync(int plan, CancellationToken cancel)
    {
        // Every probe ends within its time-out; a check that is never answered must not hold the run up for longer than a few of them.
        double giveUp = _journal.Now + InspectionProbes * _assessment.CheckInterval.TotalSeconds + 5;
        while (_instance!.Alive && _journal.Now < giveUp && _assessment.Checks.Any(c => _journal.ProbesIn(c, RunPhase.Inspect, plan) < InspectionProbes))
        {
            await _instance.StayAliveAsync(TimeSpan.FromMilliseconds(50), cancel);
        }
        NoteDeadChildren();
    }

    private PlanObservation Observation(int plan, ErrorModel model, ISyscallErrorInjector injector)
    {
        lock (_deaths)
        {
            return new PlanObservation
            {
                Model = model,
                Phase = FaultPhase.Before,
                Mechanism = injector.Mechanism,
                Counts = injector.Counts[0],
                Baseline = Seen(RunPhase.Baseline, null),
                Inject = Seen(RunPhase.Inject, plan),
                Recover = Seen(RunPhase.Recover, plan),
                Inspect = Seen(RunPhase.Inspect, plan),
                TargetDeath = _instance!.Death,
                ChildDeaths = [.. _deaths],
            };
        }
    }

    private PhaseObservation Seen(RunPhase phase, int? plan) => new(_journal.ChecksOf(phase, plan), _journal.RequestsOf(phase, plan));

    private void NoteDeadChildren()
    {
        foreach (ProcessEnd end in _monitor.TakeEnds())
        {
            // The target's own death is seen by its instance; a child that ended by itself is ordinary life.
            if (end.Signal is null || _instance!.Pids.Contains(end.Pid)) continue;
            lock (_deaths) _deaths.Add(new ProcessDeath(_journal.Now, end.Process, end.Manner));
            _journal.Event("child-died", $"{end.Process}: {end.Manner}");
        }
    }

    private void AddNotRun(IEnumerable<ErrorModel> models)
    {
        foreach (ErrorModel model in models)
        {
            _verdicts.Add(new ModelVerdict
            {
                Model = model,
                Phase = FaultPhase.Before,
                Mechanism = _instance?.Injector?.Mechanism ?? "none",
                Counts = default,
                Verdict = Verdict.Unknown,
                Evidence = [new Evidence(null, "Not run: the target was gone and could not be brought back.")],
            });
        }
    }
}
