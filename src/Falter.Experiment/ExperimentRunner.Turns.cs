using Falter.Linux.Undo;
using Falter.Model;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>The turns: one run of one fault plan each. Arm, watch, undo, recover, inspect, judge.</summary>
public sealed partial class ExperimentRunner
{
    // Probes of each check that the inspection waits for: enough for a majority to mean something, few enough to take two seconds.
    private const int InspectionProbes = 10;

    // Reasons why the system itself is not there; others are about a plan's faults.
    private static readonly string[] s_unready = ["target-exited", "check-never-healthy", "prepare-failed", "target-not-found"];

    private readonly List<ProcessDeath> _deaths = [];

    private async Task RunTurnsAsync(CancellationTokenSource ending)
    {
        FalterException? neverArmed = null;
        foreach (Turn turn in TurnsToRun())
        {
            TurnBegins?.Invoke(turn, _turns.Count, TurnsInAll);
            FaultPlan plan = _plans[turn.Plan];
            (TurnVerdict? verdict, Finding? end) = (null, null);
            try
            {
                verdict = await RunTurnAsync(plan, turn, ending);
            }
            catch (FalterException e) when (WhyEnded(e) is { } reason)
            {
                end = reason;
            }
            catch (FalterException e) when (e.ExitCode is ExitCode.Usage or ExitCode.Cannot && !s_unready.Contains(e.Findings[0].Code))
            {
                // The plan cannot be armed here; others may be.
                neverArmed ??= e;
                Find(Finding.Blocks(e.Findings[0].Code, $"{plan.Name} was not run: {e.Findings[0].Message}"));
                _notRun[plan.Number] = e.Findings[0].Message;
                await StopAsync();
                continue;
            }
            end ??= verdict is null ? null : await AfterTurnAsync(verdict, ending.Token);
            if (end is null) continue;
            Find(end);
            foreach (FaultPlan left in _plans.Where(p => _turns.TrueForAll(t => t.Plan != p.Number))) _notRun.TryAdd(left.Number, end.Message);
            return;
        }
        if (_turns.Count == 0 && neverArmed is not null) throw neverArmed;
    }

    private int TurnsInAll => _plans.Count * _definition.Repetitions + _turns.Count(t => t.RateFactor != 1);

    /// <summary>The turns that are left, each decided when the one before it has been judged: a search for a threshold goes by what was seen.</summary>
    private IEnumerable<Turn> TurnsToRun()
    {
        IReadOnlyList<Turn> order = TurnOrder.Of(_plans.Count, _definition.Repetitions, _definition.Order, _seed);
        for (int i = 0; i < order.Count; i++)
        {
            Turn own = order[i];
            if (!IsFinished(own) && !_notRun.ContainsKey(own.Plan)) yield return own;
            if (!_definition.Faults.FindThresholds || order.Skip(i + 1).Any(t => t.Plan == own.Plan)) continue;
            while (!_notRun.ContainsKey(own.Plan) && NextOfSearch(_plans[own.Plan]) is { } next) yield return next;
        }
    }

    private bool IsFinished(Turn turn) => _turns.Exists(t => t.Plan == turn.Plan && t.Repetition == turn.Repetition && t.RateFactor == turn.RateFactor);

    /// <summary>Why the run must end where a turn could not be brought to its end; null where that is a reason to go on, or a mistake that the user must know first.</summary>
    private Finding? WhyEnded(FalterException e)
    {
        Finding first = e.Findings[0];
        if (first.Code == "baseline-invalid") return first;
        return _turns.Count > 0 && s_unready.Contains(first.Code)
            ? Finding.Blocks("restart-failed", $"The target did not become healthy again after a restart, so the remaining plans were not run: {first.Message}") : null;
    }

    private async Task<TurnVerdict> RunTurnAsync(FaultPlan plan, Turn turn, CancellationTokenSource ending)
    {
        ulong seed = turn.SeedOf(_seed);
        int number = _turns.Count;
        double begin = _journal.Event(UnfinishedRun.TurnBegan, plan.Name, number);
        await PrepareAsync(plan, seed, ending);
        SystemInstance system = _driven!.System;
        // What died until now died of something else.
        TakeDeadChildren();
        _deaths.Clear();
        system.TakeRestartedDeaths();
        long lostEnds = _monitor.LostEnds;

        // 5 the intent is on the disk before anything is armed.
        var intents = new FaultIntents(system, plan, turn, seed, _definition.Phases.Inject + s_slack);
        foreach (FaultRecord intent in intents.Records("intent")) _journal.Fault(intent with { Seed = seed });
        PhaseSpan inject = _journal.BeginPhase(RunPhase.Inject, plan.Number);
        Armament armament = await ArmAndWatchAsync(plan, turn, seed, intents, ending.Token);
        // 8 recover, then inspect with the injection off.
        PhaseSpan recover = _journal.BeginPhase(RunPhase.Recover, plan.Number);
        StopRule? stopped = armament.Stopped ?? await WaitAsync(_definition.Phases.Recover, endsRunOnly: true, ending.Token);
        PhaseSpan inspect = _journal.BeginPhase(RunPhase.Inspect, plan.Number);
        await InspectAsync(inspect, ending.Token);
        // 9 judge. On the disk before the next turn begins.
        var seen = new TurnObservation
        {
            Plan = plan,
            Turn = number,
            Repetition = turn.Repetition,
            RateFactor = turn.RateFactor,
            Seed = seed,
            BeginSeconds = begin,
            EndSeconds = Math.Round(_journal.Now, 3),
            Counts = armament.Counts,
            Baseline = _baseline,
            Inject = inject.Seen,
            Recover = recover.Seen,
            Inspect = inspect.Seen,
            Death = DeathOf(system),
            RestartedDeaths = system.TakeRestartedDeaths(),
            ChildDeaths = [.. _deaths],
            UsualChildDeaths = _usualDeaths,
            UsualRestartedDeaths = _usualRestarts,
            InjectorFailure = armament.Failure,
            Stopped = stopped,
            LostEvents = _monitor.LostEnds - lostEnds,
        };
        TurnVerdict verdict = Judge.Decide(seen, new JudgeOptions());
        AddFindings(plan, turn, verdict, armament);
        _folder.AppendDurably(RunFolderFiles.Turns, verdict, RecordsFormat.Line.TurnVerdict);
        _turns.Add(verdict);
        _stopped = stopped;
        return verdict;
    }

    private async Task InspectAsync(PhaseSpan span, CancellationToken cancel)
    {
        SystemInstance system = _driven!.System;
        if (_definition.Phases.Inspect is { } length) await system.StayAliveAsync(length, cancel);
        else
        {
            // Every probe ends within its time-out. Twice that: probes of an earlier phase that are not answered may hold back those of this one.
            double giveUp = _journal.Now + _definition.Checks.Max(c => InspectionProbes * c.Interval.TotalSeconds + 2 * c.Timeout.TotalSeconds) + 1;
            while (system.Death is null && _journal.Now < giveUp && _driven.Checks.Any(c => span.ProbesOf(c.Check.Name) < InspectionProbes)) await system.StayAliveAsync(s_attention / 2, cancel);
        }
        _deaths.AddRange(TakeDeadChildren());
    }

    // How an attached process ended only its parent is told, but the monitor sees it.
    private ProcessDeath? DeathOf(SystemInstance system) =>
        system.Death is { } death && IsAttached && _ownEnd is { } end ? death with { Process = end.Process, How = end.Manner } : system.Death;

    private void AddFindings(FaultPlan plan, Turn turn, TurnVerdict verdict, Armament armament)
    {
        foreach (Finding finding in armament.Findings) Find(finding);
        if (verdict.Verdict == Verdict.NotExercised && turn.RateFactor == 1)
        {
            Find(Finding.Blocks("fault-not-fired", $"{plan.Name} was armed for {Durations.Format(_definition.Phases.Inject)} and never injected: {verdict.Counts.Sum(c => c.Matched)} matching calls while armed."));
        }
        if (_deaths.Count > 0)
        {
            string most = string.Join(", ", _deaths.GroupBy(d => (d.Process, d.How)).Select(g => $"{g.Count()} × {g.Key.Process} {g.Key.How}").Take(3));
            Find(Finding.Note("children-died", $"{plan.Name}: processes of the target were ended by a signal: {most}."));
        }
    }

    /// <summary>What the turn's end means for the next one: the harm that one plan has done must not be blamed on another.</summary>
    /// <returns>Why no more can be run; null where the next can.</returns>
    private async Task<Finding?> AfterTurnAsync(TurnVerdict verdict, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        if (_stopped is { EndsRun: true } rule) return Finding.Blocks("stopped-by-rule", $"Check {rule.Check} failed for {Durations.Format(rule.FailingFor)}, so the run was ended by its stop rule.");
        if (_stopped is { } ended) Find(Finding.Note("stopped-by-rule", $"{_plans[verdict.Plan].Name}: check {ended.Check} failed for {Durations.Format(ended.FailingFor)}, so the injection was ended by its stop rule."));
        bool harmed = verdict.Verdict is Verdict.Crashed or Verdict.Hung or Verdict.Corrupted || _driven!.System.Death is not null;
        if (IsAttached && harmed)
        {
            return _driven!.System.Death is { } death
                ? Finding.Blocks("target-gone", $"The target died ({death.How}) and was not launched by Falter, so the remaining plans were not run.")
                : Finding.Blocks("target-not-restored", "The target did not come back to the baseline and was not launched by Falter, so the remaining plans were not run.");
        }
        if (harmed || !Keeps || _broken) await StopAsync();
        return null;
    }

    private StopRule? _stopped;
    private bool _broken;
}
