using Falter.Model;
using Falter.Observe;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>Building the system, warming it up, and its steady state.</summary>
public sealed partial class ExperimentRunner
{
    // How soon a baseline that is hopeless ends, and a stop rule or a death is noticed.
    private static readonly TimeSpan s_attention = TimeSpan.FromMilliseconds(100);

    private PhaseObservation _baseline = PhaseObservation.Empty;
    private IReadOnlyList<ProcessDeath> _usualDeaths = [], _usualRestarts = [];

    private string LogFolder => _folder.PathOf(RunFolderFiles.Logs);

    /// <summary>Whether the system goes on from turn to turn while it is well. One that was attached to is not Falter's to build anew.</summary>
    private bool Keeps => _definition.Keep || IsAttached;

    private bool IsAttached => _definition.System.Processes.Any(p => p.Attach is not null);

    private async Task BuildAsync(IReadOnlyList<RoleFault> faults, Func<string, SyscallMonitor?> monitorOf, ulong seed, CancellationTokenSource ending)
    {
        await StopAsync();
        _journal.BeginPhase(RunPhase.Start);
        _failing.Clear();
        _driven = await DrivenSystem.StartAsync(_definition, new DrivenSystemParts(_journal, LogFolder, _time, seed, faults, monitorOf), ending);
        foreach (Finding finding in _driven.System.Findings) Find(finding);
    }

    private async Task WarmUpAsync(CancellationToken cancel)
    {
        _journal.BeginPhase(RunPhase.WarmUp);
        await StayAliveAsync(_definition.Phases.WarmUp, "while it was warmed up", cancel);
    }

    /// <summary>A system that is ready for a turn, with a baseline that was taken under the same mechanisms with nothing injected: what they cost is then no deviation.</summary>
    private async Task PrepareAsync(FaultPlan plan, ulong seed, CancellationTokenSource ending)
    {
        if (Keeps && _driven is not null) return;
        await BuildAsync(Keeps ? [.. _plans.SelectMany(p => p.Faults)] : plan.Faults, _ => _monitor, seed, ending);
        if (_driven!.System.Mechanisms.Values.Contains(Inject.Mechanisms.Ptrace))
        {
            Find(Finding.Note("slow-mechanism", "ptrace stops the target at every system call from the baseline on. The baseline bears the same cost, so it is no deviation, but latencies are longer than the target's own."));
        }
        await WarmUpAsync(ending.Token);
        await BaselineAsync(ending.Token);
    }

    /// <exception cref="FalterException"><c>baseline-invalid</c>: nothing could be judged by it.</exception>
    private async Task BaselineAsync(CancellationToken cancel)
    {
        TakeDeadChildren();
        _driven!.System.TakeRestartedDeaths();
        PhaseSpan span = _journal.BeginPhase(RunPhase.Baseline);
        double begin = _journal.Now, end = begin + _definition.Phases.Baseline.TotalSeconds;
        while (_journal.Now < end)
        {
            await StayAliveAsync(TimeSpan.FromSeconds(Math.Min(end - _journal.Now, s_attention.TotalSeconds)), "during the baseline", cancel);
            // A third is enough to see that a check does nothing but fail: the user need not wait for the rest.
            if (_journal.Now - begin > (end - begin) / 3 && SteadyState.WhyHopeless(span.Seen) is { } hopeless) throw Invalid(hopeless);
        }
        _usualDeaths = TakeDeadChildren();
        _usualRestarts = _driven!.System.TakeRestartedDeaths();
        _baseline = span.Seen;
        BaselineVerdict verdict = BaselineJudge.Decide(_baseline, new JudgeOptions());
        string evidence = string.Join(" ", verdict.Evidence.Take(3).Select(e => e.Text));
        if (verdict.Steadiness == BaselineSteadiness.Invalid) throw Invalid(evidence);
        if (verdict.Steadiness == BaselineSteadiness.Unsteady) Find(Finding.Limits("baseline-unsteady", $"The baseline of turn {_turns.Count} was not steady: {evidence}"));
        AddWorkloadFinding();
    }

    private static FalterException Invalid(string reason) => new(Finding.Blocks("baseline-invalid", $"{reason} There is no steady state to compare with, so nothing was injected after that."), ExitCode.Broke);

    private void AddWorkloadFinding()
    {
        if (!_definition.Workloads.Any(w => w is HttpWorkloadDefinition)) return;
        double[] lags = [.. _baseline.Requests.Select(r => r.LagMs).Order()];
        // 20 ms: a fifth of what people notice; latencies below it would be mostly the generator's.
        if (lags.Length > 0 && lags[(int)(lags.Length * 0.99)] is var late && late > 20 && !_findings.Exists(f => f.Code == "workload-late"))
        {
            Find(Finding.Limits("workload-late", $"1 % of the workload's requests were sent {late:F0} ms or more behind schedule; latencies are too long by that much."));
        }
    }

    /// <summary>Waits; a system that dies meanwhile, with nothing injected, ends the run.</summary>
    private async Task StayAliveAsync(TimeSpan duration, string when, CancellationToken cancel)
    {
        await _driven!.System.StayAliveAsync(duration, cancel);
        if (_driven.System.Death is not { } death) return;
        string[] last = LastLines(death.Process);
        string wrote = last.Length == 0 ? "" : $". It wrote:{string.Concat(last.Select(l => $"{Environment.NewLine}    {l}"))}";
        throw FalterException.Usage("target-exited", $"{death.Process} ended ({death.How}) {when}, with nothing injected; it must run in the foreground until it is stopped{wrote}");
    }

    private string[] LastLines(string role) => LogEnd.Of(Path.Join(LogFolder, $"{role}.log"), lines: 3);

    /// <summary>The children that a signal ended since the last call. A role's own death is seen by the system; one that ended by itself is ordinary life.</summary>
    private ProcessDeath[] TakeDeadChildren()
    {
        IReadOnlyList<ProcessEnd> ends = _monitor.TakeEnds();
        IReadOnlySet<int> roots = _driven is null ? new HashSet<int>() : _driven.RootsSeen;
        _ownEnd = ends.FirstOrDefault(e => roots.Contains(e.Pid)) ?? _ownEnd;
        ProcessDeath[] deaths =
        [
            .. ends.Where(e => e.Signal is not null && !roots.Contains(e.Pid)).Select(e => new ProcessDeath(_journal.SecondsAt(e.StopwatchTimestamp), e.Process, e.Manner)),
        ];
        // A target that starts a process for each request may lose hundreds a second: one event for all of a kind.
        foreach (var kind in deaths.GroupBy(d => (d.Process, d.How)))
        {
            _journal.Event("child-died", $"{kind.Key.Process}: {kind.Key.How}{(kind.Count() > 1 ? $", {kind.Count()} times" : "")}");
        }
        return deaths;
    }

    private ProcessEnd? _ownEnd;
}
