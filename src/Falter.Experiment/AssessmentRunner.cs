using Falter.Load;
using Falter.Model;
using Falter.Observe;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>
/// The main job: observes a target's natural errors, amplifies them, injects each in turn and judges what became of the target. The numbers in the
/// comments are those of the run in ARCHITECTURE.md (1, reading the plan, and 10, telling, belong to the command line).
/// </summary>
public sealed partial class AssessmentRunner : IAsyncDisposable
{
    private readonly Assessment _assessment;
    private readonly RunFolder _folder;
    private readonly TimeProvider _time;
    private readonly RunJournal _journal;
    private readonly SyscallMonitor _monitor;
    private readonly List<Finding> _findings = [];
    private readonly List<PlanVerdict> _verdicts = [];
    private TargetInstance? _instance;
    private long _lost;

    /// <summary>2 probe: opens the monitor, so that a machine that cannot observe says so before anything is started.</summary>
    /// <param name="assessment">What to do.</param>
    /// <param name="folder">3 the open run folder, owned by the caller.</param>
    /// <param name="time">The clock.</param>
    public AssessmentRunner(Assessment assessment, RunFolder folder, TimeProvider time)
    {
        _assessment = assessment;
        _folder = folder;
        _time = time;
        _journal = new RunJournal(folder, time);
        _monitor = SyscallMonitor.Open(new SyscallMonitorOptions());
    }

    /// <summary>Called for every event of the run, from any thread; for progress.</summary>
    public Action<RunEvent>? Happened
    {
        get => _journal.Happened;
        set => _journal.Happened = value;
    }

    /// <summary>Called for every probe of a check, from any thread, when it has ended; for metrics.</summary>
    public Action<CheckSample>? Probed
    {
        get => _journal.Probed;
        set => _journal.Probed = value;
    }

    /// <summary>Called for every reading of the monitor; for metrics.</summary>
    public Action<IntervalSample>? Sampled
    {
        get => _journal.Sampled;
        set => _journal.Sampled = value;
    }

    /// <summary>Seconds since the run began.</summary>
    public double Now => _journal.Now;

    /// <summary>
    /// Runs to the end. When cancelled, undoes what is armed, stops what was launched and returns what had been judged by then,
    /// with <see cref="RunVerdict.Interrupted"/> set.
    /// </summary>
    /// <param name="run">The run's name.</param>
    /// <param name="chosen">Called with the models that will be tried, in their order, before the first is injected.</param>
    /// <param name="cancel">Ends the run early.</param>
    public async Task<RunVerdict> RunAsync(string run, Action<IReadOnlyList<ErrorModel>> chosen, CancellationToken cancel)
    {
        bool interrupted = false;
        using var background = new CancellationTokenSource();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        List<Task> drivers = [];
        try
        {
            // 4 start, wait for readiness, warm up, observe.
            await StartAsync(selectable: null, ending.Token);
            drivers.AddRange(StartDriving(background.Token).Select(driver => EndRunWithAsync(driver, ending)));
            await WarmUpAsync(ending.Token);
            IReadOnlyList<IntervalSample> samples = await ObserveAsync(ending.Token);
            IReadOnlyList<ErrorModel> models = Choose(samples);
            chosen(models);
            if (models.Count > 0)
            {
                if (_assessment.Command is null)
                {
                    Find(Finding.Note("slow-mechanism", "ptrace stops the target at every system call from the baseline on. The baseline bears the same cost, so it is no deviation, but latencies are longer than the target's own."));
                }
                await RestartForInjectionAsync(models, ending.Token);
                await BaselineAsync(ending.Token);
                await RunPlansAsync(models, ending.Token);
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            interrupted = true;
            Find(Finding.Limits("interrupted", "The run was interrupted; what was armed has been undone, and models after that point were not tried."));
        }
        finally
        {
            await EndAsync(background, drivers);
        }
        AddWorkloadFinding();
        if (_monitor.LostEnds > 0)
        {
            Find(Finding.Limits("events-lost", $"The ends of {_monitor.LostEnds} processes were not seen; deaths of workers may be missing from the evidence."));
        }
        return new RunVerdict
        {
            Run = run,
            Target = _assessment.TargetName,
            Seed = _assessment.Seed,
            Plans = [.. _verdicts],
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

    /// <summary>7 undo, whatever happened: also where the run folder takes no line any more. What the drivers failed of comes out of here.</summary>
    private async Task EndAsync(CancellationTokenSource background, IReadOnlyList<Task> drivers)
    {
        try
        {
            _journal.BeginPhase(RunPhase.Stop);
        }
        finally
        {
            try
            {
                await StopAsync();
            }
            finally
            {
                await background.CancelAsync();
                await Task.WhenAll(drivers);
            }
        }
    }

    /// <summary>A check or workload that cannot go on ends the run: without it, silence would be taken for health.</summary>
    private static async Task EndRunWithAsync(Task driver, CancellationTokenSource ending)
    {
        try
        {
            await driver;
        }
        catch
        {
            await ending.CancelAsync();
            throw;
        }
    }

    private IEnumerable<Task> StartDriving(CancellationToken stop)
    {
        foreach (ICheck check in _assessment.Checks)
        {
            yield return new CheckLoop(check, _time, _journal.Probe).RunAsync(stop);
        }
        if (_assessment.Workload is { } workload) yield return workload.RunAsync(_journal.Request, stop);
    }

    private async Task WarmUpAsync(CancellationToken cancel)
    {
        _journal.BeginPhase(RunPhase.WarmUp);
        await StayAliveAsync(_assessment.WarmUp, "while it was warmed up", cancel);
    }

    private async Task<IReadOnlyList<IntervalSample>> ObserveAsync(CancellationToken cancel)
    {
        _monitor.Read(_time.GetUtcNow());
        _journal.BeginPhase(RunPhase.Observe);
        List<IntervalSample> samples = [];
        using var timer = new PeriodicTimer(_assessment.Interval, _time);
        double end = _journal.Now + _assessment.Observe.TotalSeconds;
        // Half an interval of slack: the last tick comes at the end or a little after it.
        while (_journal.Now < end - _assessment.Interval.TotalSeconds / 2)
        {
            await timer.WaitForNextTickAsync(cancel);
            IntervalSample sample = _monitor.Read(_time.GetUtcNow());
            _journal.Sample(sample);
            samples.Add(sample);
            await StayAliveAsync(TimeSpan.Zero, "while it was observed", cancel);
        }
        _lost = samples.Sum(s => s.Lost);
        foreach (string user in _monitor.RingUsers)
        {
            Find(Finding.Limits("io-uring-in-use", $"{user} uses io_uring: what it does through it is no system call, so its errors were neither seen nor injected."));
        }
        if (_lost > 0) Find(Finding.Limits("events-lost", $"{_lost} system calls could not be counted; error rates may be too low."));
        return samples;
    }

    private IReadOnlyList<ErrorModel> Choose(IReadOnlyList<IntervalSample> samples)
    {
        (IReadOnlyList<ErrorModel> found, IReadOnlyList<ErrorModel> untouchable) =
            ModelSelection.Injectable(ModelSelection.Ordered(ErrorModelSynthesizer.Synthesize(samples, new ErrorModelOptions())));
        if (untouchable.Count > 0)
        {
            Find(Finding.Limits("rule-not-supported", $"No mechanism can fail these calls, so their models were left out: {string.Join(", ", untouchable.Select(m => m.Name))}."));
        }
        else if (found.Count == 0)
        {
            Find(Finding.Blocks("no-natural-errors", $"No system call failed in {Durations.Format(_assessment.Observe)} of observation; there is nothing to amplify, and nothing was injected."));
        }
        IReadOnlyList<ErrorModel> models = [.. found.Take(_assessment.MaxModels)];
        int weak = models.Count(m => m.Weak);
        if (weak > 0) Find(Finding.Limits("few-samples", $"{weak} of {models.Count} models rest on few natural errors (marked weak); observe for longer to know their rates."));
        if (found.Count > models.Count)
        {
            Find(Finding.Limits("models-left-out", $"{found.Count - models.Count} of {found.Count} models were left out: {string.Join(", ", found.Skip(models.Count).Select(m => m.Name))}."));
        }
        return models;
    }

    private async Task BaselineAsync(CancellationToken cancel)
    {
        TakeDeadChildren();
        _journal.BeginPhase(RunPhase.Baseline);
        await StayAliveAsync(_assessment.Baseline, "during the baseline", cancel);
        _usualDeaths = TakeDeadChildren();
        IReadOnlyList<CheckSample> checks = _journal.ChecksOf(RunPhase.Baseline, null);
        int failed = checks.Count(c => !c.Passed);
        if (failed > 0) Find(Finding.Limits("baseline-unsteady", $"{failed} of {checks.Count} checks failed during the baseline, before anything was injected."));
    }

    private void AddWorkloadFinding()
    {
        if (_assessment.Workload?.Rate is null) return;
        double[] lags = [.. _journal.RequestsOf(RunPhase.Baseline, null).Select(r => r.LagMs).Order()];
        // 20 ms: a fifth of what people notice; latencies below it would be mostly the generator's.
        if (lags.Length > 0 && lags[(int)(lags.Length * 0.99)] is var late && late > 20)
        {
            Find(Finding.Limits("workload-late", $"1 % of the workload's requests were sent {late:F0} ms or more behind schedule; latencies are too long by that much."));
        }
    }

    private void Find(Finding finding)
    {
        _findings.Add(finding);
        _journal.Event("finding", finding.ToString());
    }
}
