using Falter.Linux.Undo;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>5 to 7 of a turn: the faults are armed, watched and undone.</summary>
public sealed partial class ExperimentRunner
{
    // The injection ends by itself a little after it should have been undone, also when this program hangs.
    private static readonly TimeSpan s_slack = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan s_report = TimeSpan.FromSeconds(1);

    private long _reported;

    private async Task<Armament> ArmAndWatchAsync(FaultPlan plan, Turn turn, ulong seed, FaultIntents intents, CancellationToken cancel)
    {
        SystemInstance system = _driven!.System;
        HashSet<UndoStep> before = [.. system.Journal?.Left ?? []];
        _reported = 0;
        List<Finding> findings = [];
        ArmedPlan armed = await system.ArmAsync(plan, seed, turn.RateFactor, _definition.Phases.Inject + s_slack, cancel);
        StopRule? stopped = null;
        try
        {
            foreach (FaultRecord record in intents.Records("armed")) _journal.Fault(record);
            // 6 watch.
            stopped = await WaitAsync(_definition.Phases.Inject, endsRunOnly: false, cancel, () => ReportInjected(armed));
        }
        finally
        {
            // 7 undo, in reverse order, whatever has happened, and however often the user interrupts.
            try
            {
                await armed.DisposeAsync();
            }
            catch (FalterException e)
            {
                findings.AddRange(e.Findings);
            }
            ReportInjected(armed);
            foreach (FaultRecord record in intents.Records("undone", armed.Counts)) _journal.Fault(record);
        }
        findings.AddRange(armed.Findings);
        foreach (UndoStep left in system.Journal?.Left ?? [])
        {
            if (!before.Contains(left)) findings.Add(Finding.Limits("undo-failed", $"{plan.Name}: {left.Effect}, and that was not undone; by hand: {left.ByHand}"));
        }
        _broken = armed.Failure is not null || findings.Exists(f => f.Code == "undo-failed");
        return new Armament(armed.Counts, armed.Failure?.Message, stopped, findings);
    }

    /// <summary>Waits; ends early where the system dies or a stop rule says so.</summary>
    /// <param name="duration">How long.</param>
    /// <param name="endsRunOnly">Whether only rules count that end the run.</param>
    /// <param name="cancel">Ends it early, by an exception.</param>
    /// <param name="tick">Called about once a second.</param>
    /// <returns>The rule that ended it; null: none.</returns>
    private async Task<StopRule?> WaitAsync(TimeSpan duration, bool endsRunOnly, CancellationToken cancel, Action? tick = null)
    {
        double end = _journal.Now + duration.TotalSeconds, next = _journal.Now + s_report.TotalSeconds;
        while (_journal.Now < end && _driven!.System.Death is null)
        {
            await _driven.System.StayAliveAsync(TimeSpan.FromSeconds(Math.Clamp(end - _journal.Now, 0, s_attention.TotalSeconds)), cancel);
            if (_failing.Due(_journal.Now) is { } due && (due.EndsRun || !endsRunOnly)) return due;
            if (_journal.Now < next) continue;
            next += s_report.TotalSeconds;
            tick?.Invoke();
            _deaths.AddRange(TakeDeadChildren());
        }
        _deaths.AddRange(TakeDeadChildren());
        return null;
    }

    private void ReportInjected(ArmedPlan armed)
    {
        long injected = armed.Counts.Sum(c => c.Injected);
        if (injected > _reported) _journal.Event("injected", value: injected - _reported);
        _reported = injected;
    }
}
