using System.Text.Json;
using Falter.Linux.Undo;
using Falter.Model;
using Falter.Observe;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>From the observation to the plans, and the beginning of a run that goes on.</summary>
public sealed partial class ExperimentRunner
{
    /// <summary>Cleans up after the part of the run that was killed: only what that Falter has left, nobody else's.</summary>
    private async Task GoOnAsync(UnfinishedRun unfinished)
    {
        _journal.Event(UnfinishedRun.Resumed, value: unfinished.Plans is null ? 0 : 1);
        Find(Finding.Note("run-resumed", $"The run was cut off and went on: {unfinished.Turns.Count} turns had been finished and were kept."));
        if (_folder.KilledOwner is not { } killed) return;
        TimeSpan grace = _definition.System.Processes.Select(p => p.StopGrace).DefaultIfEmpty(TimeSpan.Zero).Max();
        foreach (Finding finding in await OwnerRemains.RemoveAsync(killed, grace)) Find(finding);
    }

    private async Task MakePlansAsync(CancellationTokenSource ending)
    {
        if (_unfinished?.Plans is { } known)
        {
            _plans = known;
            return;
        }
        IReadOnlyList<IntervalSample> samples = NeedsObservation ? await ObserveAsync(ending) : [];
        MadePlans made = Make(samples);
        made = made with { Plans = OnlyPlans.Of(made.Plans, Only) };
        foreach (Finding finding in made.Findings) Find(finding);
        // On the disk before the first plan is run: a run that goes on has the same plans, whatever it would observe then.
        _folder.WriteWhole(RunFolderFiles.Plans, JsonSerializer.Serialize(made.Plans, RecordsFormat.Indented.IReadOnlyListFaultPlan) + Environment.NewLine);
        _plans = made.Plans;
        if (_plans.Count == 0 && (Only is not null || _definition.Faults.Natural is null)) Find(Finding.Blocks("no-plans", "The experiment's faults gave no plan, so nothing was injected."));
    }

    private bool NeedsObservation => _definition.Faults is { Natural: not null } or { Strategy: FaultStrategy.Random };

    private MadePlans Make(IReadOnlyList<IntervalSample> samples)
    {
        IReadOnlyList<ErrorModel> natural = _definition.Faults.Natural is null ? [] : ModelSelection.Ordered(Synthesized(samples));
        if (_definition.Faults.Natural is not null && natural.Count == 0)
        {
            Find(Finding.Blocks("no-natural-errors", $"No system call failed in {Durations.Format(_definition.Phases.Observe)} of observation; there is nothing to amplify."));
        }
        string[] roles = [.. _definition.System.Processes.Select(p => p.Role)];
        if (_definition.Faults.Strategy == FaultStrategy.Realistic) return FaultPlans.Of(_definition.Faults, roles, natural, _models);
        MadePlans realistic = FaultPlans.Of(_definition.Faults with { AtOnce = 1 }, roles, natural, _models);
        return RandomPlans.Of(_definition.Faults, realistic, samples, ObservesRoles, _seed);
    }

    private IReadOnlyList<ErrorModel> Synthesized(IReadOnlyList<IntervalSample> samples) =>
        ErrorModelSynthesizer.Synthesize(ErrorWindows.Of(samples, byProcess: ObservesRoles), new ErrorModelOptions());

    /// <summary>Whether what is observed is told apart by roles: where there is one, all of its processes are taken together.</summary>
    private bool ObservesRoles => _definition.System.Processes.Count > 1 && _definition.Faults.Natural is not { Together: true };

    private string[] ObservedRoles => _definition.Faults.Natural is { Roles.Count: > 0 } natural ? [.. natural.Roles] : [.. _definition.System.Processes.Select(p => p.Role)];

    /// <summary>4 start, wait for readiness, warm up, observe: without any filter in the system, at full speed.</summary>
    private async Task<IReadOnlyList<IntervalSample>> ObserveAsync(CancellationTokenSource ending)
    {
        // What an observation that was cut off has left is of no use.
        if (_unfinished is not null) _folder.Remove(RunFolderFiles.Samples);
        using RoleMonitors monitors = RoleMonitors.Open(_monitor, ObservedRoles, apart: ObservesRoles);
        await BuildAsync([], monitors.Of, _seed, ending);
        await WarmUpAsync(ending.Token);
        List<IntervalSample> samples = await ReadIntervalsAsync(monitors, ending.Token);
        _lost = samples.Sum(s => s.Lost);
        foreach (string user in monitors.RingUsers)
        {
            Find(Finding.Limits("io-uring-in-use", $"{user} uses io_uring: what it does through it is no system call, so its errors were neither seen nor injected."));
        }
        if (_lost > 0) Find(Finding.Limits("events-lost", $"{_lost} system calls could not be counted; error rates may be too low."));
        await StopAsync();
        return samples;
    }

    private async Task<List<IntervalSample>> ReadIntervalsAsync(RoleMonitors monitors, CancellationToken cancel)
    {
        PhaseLengths phases = _definition.Phases;
        monitors.Read(_time.GetUtcNow());
        _journal.BeginPhase(RunPhase.Observe);
        List<IntervalSample> samples = [];
        using var timer = new PeriodicTimer(phases.Interval, _time);
        double end = _journal.Now + phases.Observe.TotalSeconds;
        // Half an interval of slack: the last tick comes at the end or a little after it.
        while (_journal.Now < end - phases.Interval.TotalSeconds / 2)
        {
            await timer.WaitForNextTickAsync(cancel);
            IntervalSample sample = monitors.Read(_time.GetUtcNow());
            _journal.Sample(sample);
            samples.Add(sample);
            await StayAliveAsync(TimeSpan.Zero, "while it was observed", cancel);
        }
        return samples;
    }
}
