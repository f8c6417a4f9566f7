using Falter.Load;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>
/// What happens in a run, in time: gives each probe, request, line and event its moment, phase and plan, writes it to the run folder and keeps it for the judge as long as its phase is asked for.
/// </summary>
/// <param name="folder">Where it is written.</param>
/// <param name="time">The clock.</param>
/// <param name="begin">The first moment, in seconds since the run began: 0, or a run that goes on after an interruption begins where it was cut off.</param>
internal sealed class RunJournal(RunFolder folder, TimeProvider time, double begin = 0)
{
    // A probe or request is placed by when it began. One that began more phases ago than this has outlived every time-out.
    private const int MostSpans = 64;

    private readonly long _start = time.GetTimestamp();
    private readonly Lock _lock = new();
    // In the order of time: probes and requests belong to the phase that they began in, not the one that they end in.
    private readonly List<PhaseSpan> _spans = [new PhaseSpan(RunPhase.Start, null, long.MinValue)];

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

    /// <summary>A phase begins, and with it the last one ends.</summary>
    public PhaseSpan BeginPhase(RunPhase phase, int? plan = null)
    {
        PhaseSpan span;
        lock (_lock)
        {
            span = new PhaseSpan(phase, plan, time.GetTimestamp());
            _spans.Add(span);
            if (_spans.Count > MostSpans) _spans.RemoveAt(0);
        }
        Event("phase");
        return span;
    }

    /// <summary>Something happened.</summary>
    /// <returns>When, in seconds since the run began.</returns>
    public double Event(string kind, string text = "", long? value = null)
    {
        PhaseSpan span = Current();
        var happened = new RunEvent(Rounded(Now), kind, span.Phase, span.Plan, text, value);
        folder.Append(RunFolderFiles.Events, happened, RecordsFormat.Line.RunEvent);
        Happened?.Invoke(happened);
        return happened.AtSeconds;
    }

    /// <summary>Something that the user should know. Its level is kept as the event's value, so that a run that goes on after an interruption knows it again.</summary>
    public void Find(Finding finding) => Event("finding", finding.ToString(), (long)finding.Level);

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
        PhaseSpan span = SpanAt(begin);
        var sample = new CheckSample(Rounded(At(begin)), check.Name, result.Passed, result.Answered, Rounded(time.GetElapsedTime(begin).TotalMilliseconds),
            result.Detail, span.Phase, span.Plan, result.Value);
        span.Add(sample);
        folder.Append(RunFolderFiles.Checks, sample, RecordsFormat.Line.CheckSample);
        Probed?.Invoke(sample);
    }

    public void Request(CompletedRequest request)
    {
        PhaseSpan span = SpanAt(request.ScheduledTicks);
        var sample = new RequestSample(Rounded(At(request.ScheduledTicks)), request.Request, request.Outcome, Rounded(request.Latency.TotalMilliseconds),
            Rounded(request.Lag.TotalMilliseconds), span.Phase, span.Plan);
        span.Add(sample);
        folder.Append(RunFolderFiles.Load, sample, RecordsFormat.Line.RequestSample);
    }

    /// <summary>A line that a role has written, at the moment at which it was read.</summary>
    public void Log(WrittenLine written)
    {
        PhaseSpan span = Current();
        var line = new LogLine(Rounded(written.AtSeconds), written.Role, written.Text, span.Phase, span.Plan);
        span.Add(line);
        folder.Append(RunFolderFiles.Log, line, RecordsFormat.Line.LogLine);
    }

    private PhaseSpan Current()
    {
        lock (_lock) return _spans[^1];
    }

    private PhaseSpan SpanAt(long ticks)
    {
        lock (_lock)
        {
            int i = _spans.Count - 1;
            while (i > 0 && _spans[i].Since > ticks) i--;
            return _spans[i];
        }
    }

    private double At(long ticks) => begin + (ticks - _start) / (double)time.TimestampFrequency;

    // Microseconds are beyond what a managed program can time.
    private static double Rounded(double value) => Math.Round(value, 3);
}
