using Falter.Model;
using Falter.Observe;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>
/// Runs an experiment: makes its fault plans, runs each as often as is asked for, and judges what became of the system. Goes on with a run that was cut off. The numbers in the comments are those of
/// the run in ARCHITECTURE.md (1, reading the experiment, and 10, telling, belong to the command line).
/// </summary>
public sealed partial class ExperimentRunner : IAsyncDisposable
{
    private readonly ExperimentDefinition _definition;
    private readonly ulong _seed;
    private readonly IReadOnlyList<ErrorModel> _models;
    private readonly RunFolder _folder;
    private readonly TimeProvider _time;
    private readonly UnfinishedRun? _unfinished;
    private readonly RunJournal _journal;
    private readonly SyscallMonitor _monitor;
    private readonly FailingChecks _failing;
    private readonly List<Finding> _findings;
    private readonly List<TurnVerdict> _turns;
    private readonly Dictionary<int, string> _notRun = [];
    private IReadOnlyList<FaultPlan> _plans = [];
    private DrivenSystem? _driven;
    private long _lost;

    /// <summary>2 probe: opens the monitor, so that a machine that cannot observe says so before anything is started.</summary>
    /// <param name="definition">What to do, with its seed.</param>
    /// <param name="models">The models of the experiment's file of models; empty where it names none.</param>
    /// <param name="folder">3 the open run folder, owned by the caller.</param>
    /// <param name="time">The clock.</param>
    /// <param name="unfinished">What is known of a run that was cut off, to go on with it; null: a new run.</param>
    public ExperimentRunner(ExperimentDefinition definition, IReadOnlyList<ErrorModel> models, RunFolder folder, TimeProvider time, UnfinishedRun? unfinished = null)
    {
        _definition = definition;
        _seed = definition.Seed ?? throw new ArgumentException("the seed must be drawn by then", nameof(definition));
        _models = models;
        _folder = folder;
        _time = time;
        _unfinished = unfinished;
        _journal = new RunJournal(folder, time, unfinished?.NextSecond ?? 0);
        _failing = new FailingChecks(definition.StopRules);
        _journal.Probed = probe =>
        {
            _failing.Add(probe);
            Probed?.Invoke(probe);
        };
        _findings = [.. unfinished?.Findings ?? []];
        _turns = [.. unfinished?.Turns ?? []];
        _lost = unfinished?.Plans is null ? 0 : unfinished.LostEvents;
        _monitor = SyscallMonitor.Open(new SyscallMonitorOptions());
    }

    /// <summary>Called for every event of the run, from any thread; for progress.</summary>
    public Action<RunEvent>? Happened
    {
        get => _journal.Happened;
        set => _journal.Happened = value;
    }

    /// <summary>Called for every probe of a check, from any thread, when it has ended; for metrics.</summary>
    public Action<CheckSample>? Probed { get; set; }

    /// <summary>Called for every reading of the monitor; for metrics.</summary>
    public Action<IntervalSample>? Sampled
    {
        get => _journal.Sampled;
        set => _journal.Sampled = value;
    }

    /// <summary>Called with the plans, before the first is run.</summary>
    public Action<IReadOnlyList<FaultPlan>>? PlansMade { get; set; }

    /// <summary>Called when a turn begins: the turn, how many are finished, and how many there are to be in all as far as is known.</summary>
    public Action<Turn, int, int>? TurnBegins { get; set; }

    /// <summary>A glob that plans' names must match; null: all plans are run.</summary>
    public string? Only { get; init; }

    /// <summary>Seconds since the run began.</summary>
    public double Now => _journal.Now;

    /// <summary>
    /// Runs to the end. When cancelled, undoes what is armed, stops what was launched and returns what had been judged by then, with <see cref="RunVerdict.Interrupted"/> set.
    /// </summary>
    /// <param name="run">The run's name.</param>
    /// <param name="target">The target's short name.</param>
    /// <param name="cancel">Ends the run early.</param>
    /// <exception cref="FalterException">The system could not be started the first time, or no plan at all could be armed.</exception>
    public async Task<RunVerdict> RunAsync(string run, string target, CancellationToken cancel)
    {
        bool interrupted = false;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        try
        {
            if (_unfinished is not null) await GoOnAsync(_unfinished);
            await MakePlansAsync(ending);
            PlansMade?.Invoke(_plans);
            await RunTurnsAsync(ending);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            interrupted = true;
            Find(Finding.Limits("interrupted", "The run was interrupted; what was armed has been undone. `falter run --resume FOLDER` goes on with it."));
        }
        finally
        {
            await EndAsync();
        }
        if (_monitor.LostEnds > 0)
        {
            Find(Finding.Limits("events-lost", $"The ends of {_monitor.LostEnds} processes were not seen; deaths of workers may be missing from the evidence."));
        }
        return new RunVerdict
        {
            Run = run,
            Target = target,
            Seed = _seed,
            Plans = [.. _plans.Select(VerdictOf)],
            LostEvents = _lost,
            Findings = [.. _findings],
            Interrupted = interrupted,
        };
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _monitor.Dispose();
    }

    private PlanVerdict VerdictOf(FaultPlan plan)
    {
        TurnVerdict[] turns = [.. _turns.Where(t => t.Plan == plan.Number)];
        return new PlanVerdict
        {
            Plan = plan,
            Turns = turns,
            NotRun = turns.Length > 0 ? null : _notRun.GetValueOrDefault(plan.Number, "The run ended before it."),
            Threshold = turns.Any(t => t.RateFactor != 1) ? ThresholdOf(plan) : null,
        };
    }

    /// <summary>7 undo, whatever happened: also where the run folder takes no line any more.</summary>
    private async Task EndAsync()
    {
        try
        {
            _journal.BeginPhase(RunPhase.Stop);
        }
        finally
        {
            await StopAsync();
        }
    }

    private async Task StopAsync()
    {
        if (_driven is not { } driven) return;
        _driven = null;
        await driven.DisposeAsync();
        // Children that ended with it did so on purpose.
        _monitor.TakeEnds();
    }

    private void Find(Finding finding)
    {
        // A run that goes on finds again what its first part has found.
        if (_findings.Contains(finding)) return;
        _findings.Add(finding);
        _journal.Find(finding);
    }
}
