using Falter.Records;

namespace Falter.Experiment;

/// <summary>Since when each check fails without a pass between: what stop rules ask. Members may be called from any thread.</summary>
/// <param name="rules">The experiment's stop rules, in order.</param>
internal sealed class FailingChecks(IReadOnlyList<StopRule> rules)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, double> _since = new(StringComparer.Ordinal), _passed = new(StringComparer.Ordinal);

    /// <summary>Takes a probe that has ended. One that began before another that has passed says nothing of the time after it, whenever it ends.</summary>
    public void Add(CheckSample probe)
    {
        lock (_lock)
        {
            if (probe.Passed)
            {
                _passed[probe.Check] = Math.Max(probe.AtSeconds, _passed.GetValueOrDefault(probe.Check, double.MinValue));
                if (_since.TryGetValue(probe.Check, out double since) && since < probe.AtSeconds) _since.Remove(probe.Check);
            }
            else if (probe.AtSeconds > _passed.GetValueOrDefault(probe.Check, double.MinValue))
            {
                _since[probe.Check] = Math.Min(probe.AtSeconds, _since.GetValueOrDefault(probe.Check, double.MaxValue));
            }
        }
    }

    /// <summary>Forgets what was: for a system that was built anew.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _since.Clear();
            _passed.Clear();
        }
    }

    /// <summary>The first rule that ends something now; null: none. Of rules that are due together one that ends the run comes first.</summary>
    /// <param name="now">Seconds since the run began.</param>
    public StopRule? Due(double now)
    {
        lock (_lock) return rules.Where(r => _since.TryGetValue(r.Check, out double since) && now - since >= r.FailingFor.TotalSeconds).OrderByDescending(r => r.EndsRun).FirstOrDefault();
    }
}
