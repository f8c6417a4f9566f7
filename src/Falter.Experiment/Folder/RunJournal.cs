using Falter.Load;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>
/// What happens in a run, in time: gives each probe, request and event its moment, phase and plan, writes it to the run folder and keeps probes and
/// requests for the judge.
/// </summary>
internal sealed class RunJournal(RunFolder folder, TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();
    private readonly Lock _lock = new();
    private readonly List<CheckSample> _checks = [];
    private readonly List<RequestSample> _requests = [];
    // When each phase began, in the order of time: probes and requests belong to the phase that they began in, not the one that they end in.
    private readonly List<(long Since, RunPhase Phase, int? Plan)> _phases = [(long.MinValue, RunPhase.Start, null)];

    /// <summary>Called for every event; for progress.</summary>
    public Action<RunEvent>? Happened { get; set; }

    /// <summary>Called for every probe of a check, from any thread, when it has ended; for metrics.</summary>
    public Action<CheckSample>? Probed { get; set; }

    /// <summary>Called for every reading of the monitor; for metrics.</summary>
    public Action<IntervalSample>? Sampled { get; set; }

    /// <summary>Seconds since the run began.</summary>
    public double Now => At(time.GetTimestamp());

    /// <summary>When a moment of the clock was, in seconds since the run began.</summary>
    public double SecondsAt(long ticks) => Rounded(At(ticks));

    public void BeginPhase(RunPhase phase, int? plan = null)
    {
        lock (_lock) _phases.Add((time.GetTimestamp(), phase, plan));
        Event("phase");
    }

    public void Event(string kind, string text = "", long? value = null)
    {
        (_, RunPhase phase, int? plan) = Current();
        var happened = new RunEvent(Rounded(Now), kind, phase, plan, text, value);
        folder.Append(RunFolderFiles.Events, happened, RecordsFormat.Line.RunEvent);
        Happened?.Invoke(happened);
    }

    /// <summary>Writes a step of a fault; an intent is on the disk when this returns.</summary>
    public void Fault(FaultRecord record)
    {
        FaultRecord placed = record with { AtSeconds = Rounded(Now) };
        if (record.Step == "intent") folder.AppendDurably(RunFolderFiles.Faults, placed, RecordsFormat.Line.FaultRecord);
        else folder.Append(RunFolderFiles.Faults, placed, RecordsFormat.Line.FaultRecord);
    }

    public void Sample(IntervalSample sample)
    {
        folder.Append(RunFolderFiles.Samples, sample, RecordsFormat.Line.IntervalSample);
        Sampled?.Invoke(sample);
    }

    public void Probe(ICheck check, long begin, ProbeResult result)
    {
        (RunPhase phase, int? plan) = PhaseAt(begin);
        var sample = new CheckSample(Rounded(At(begin)), check.Name, result.Passed, result.Answered, Rounded(time.GetElapsedTime(begin).TotalMilliseconds),
            result.Detail, phase, plan, result.Value);
        lock (_lock) _checks.Add(sample);
        folder.Append(RunFolderFiles.Checks, sample, RecordsFormat.Line.CheckSample);
        Probed?.Invoke(sample);
    }

    public void Request(CompletedRequest request)
    {
        (RunPhase phase, int? plan) = PhaseAt(request.ScheduledTicks);
        var sample = new RequestSample(Rounded(At(request.ScheduledTicks)), request.Request, request.Outcome, Rounded(request.Latency.TotalMilliseconds),
            Rounded(request.Lag.TotalMilliseconds), phase, plan);
        lock (_lock) _requests.Add(sample);
        folder.Append(RunFolderFiles.Load, sample, RecordsFormat.Line.RequestSample);
    }

    /// <summary>The probes that began in a phase, in the order in which they began.</summary>
    public IReadOnlyList<CheckSample> ChecksOf(RunPhase phase, int? plan)
    {
        lock (_lock) return [.. _checks.Where(c => c.Phase == phase && c.Plan == plan).OrderBy(c => c.AtSeconds)];
    }

    /// <summary>The requests that were scheduled in a phase, in the order of the schedule.</summary>
    public IReadOnlyList<RequestSample> RequestsOf(RunPhase phase, int? plan)
    {
        lock (_lock) return [.. _requests.Where(r => r.Phase == phase && r.Plan == plan).OrderBy(r => r.AtSeconds)];
    }

    /// <summary>How many probes of a check began in a phase.</summary>
    public int ProbesIn(ICheck check, RunPhase phase, int? plan)
    {
        lock (_lock) return _checks.Count(c => c.Phase == phase && c.Plan == plan && c.Check == check.Name);
    }

    private (long Since, RunPhase Phase, int? Plan) Current()
    {
        lock (_lock) return _phases[^1];
    }

    private (RunPhase Phase, int? Plan) PhaseAt(long ticks)
    {
        lock (_lock)
        {
            int i = _phases.Count - 1;
            while (_phases[i].Since > ticks) i--;
            return (_phases[i].Phase, _phases[i].Plan);
        }
    }

    private double At(long ticks) => (ticks - _start) / (double)time.TimestampFrequency;

    // Microseconds are beyond what a managed program can time.
    private static double Rounded(double value) => Math.Round(value, 3);
}
