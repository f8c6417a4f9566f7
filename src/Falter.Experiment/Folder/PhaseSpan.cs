using Falter.Model;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>One phase of a run while it goes on and afterwards: what began in it belongs to it, whenever it ends.</summary>
/// <param name="phase">Which phase.</param>
/// <param name="plan">Number of the fault plan; null outside of plans.</param>
/// <param name="since">When it began, in ticks of the clock.</param>
internal sealed class PhaseSpan(RunPhase phase, int? plan, long since)
{
    private readonly Lock _lock = new();
    private readonly List<CheckSample> _checks = [];
    private readonly List<RequestSample> _requests = [];
    private readonly List<LogLine> _log = [];
    private readonly Dictionary<string, int> _probes = new(StringComparer.Ordinal);

    public RunPhase Phase => phase;
    public int? Plan => plan;
    public long Since => since;

    /// <summary>What has been seen of it so far, in the order of time.</summary>
    public PhaseObservation Seen
    {
        get
        {
            lock (_lock) return new PhaseObservation([.. _checks.OrderBy(c => c.AtSeconds)], [.. _requests.OrderBy(r => r.AtSeconds)]) { Log = [.. _log.OrderBy(l => l.AtSeconds)] };
        }
    }

    public void Add(CheckSample sample)
    {
        lock (_lock)
        {
            _checks.Add(sample);
            _probes[sample.Check] = _probes.GetValueOrDefault(sample.Check) + 1;
        }
    }

    public void Add(RequestSample sample)
    {
        lock (_lock) _requests.Add(sample);
    }

    public void Add(LogLine line)
    {
        lock (_lock) _log.Add(line);
    }

    /// <summary>How many probes of a check began in it and have ended.</summary>
    public int ProbesOf(string check)
    {
        lock (_lock) return _probes.GetValueOrDefault(check);
    }
}
