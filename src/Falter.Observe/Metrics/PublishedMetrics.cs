using System.Runtime.InteropServices;
using Falter.Records;

namespace Falter.Observe;

/// <summary>
/// What Falter publishes, added up from what it reads. Between two readings nothing changes, so that all that is read at one moment belongs together. No I/O.
/// The members are for any thread.
/// </summary>
public sealed class PublishedMetrics
{
    private readonly Lock _lock = new();
    private readonly MetricOptions _options;
    private readonly SeriesBudget _budget;
    private readonly SyscallSeries _syscalls;
    private readonly Dictionary<(string Rule, Syscall Syscall, Errno Errno), long> _injections = [];
    private readonly Dictionary<string, bool> _checks = new(StringComparer.Ordinal);
    private RunPhase? _phase;
    private long _lost;

    public PublishedMetrics(MetricOptions options)
    {
        _options = options;
        _budget = new SeriesBudget(options.MaxSeries);
        _syscalls = new SyscallSeries(_budget, options.PhoebeNames);
    }

    /// <summary>Series that found no room, counted again at each reading.</summary>
    public long SeriesDropped
    {
        get
        {
            lock (_lock) return _budget.Dropped;
        }
    }

    /// <summary>Adds a reading of the monitor; the ratios are those of this interval from now on.</summary>
    public void Add(IntervalSample sample)
    {
        lock (_lock)
        {
            _syscalls.Add(sample);
            _lost += sample.Lost;
        }
    }

    /// <summary>Adds calls that were failed on purpose.</summary>
    /// <param name="rule">The rule, in the rule language.</param>
    /// <param name="syscall">The calls that it failed.</param>
    /// <param name="errno">What they ended in.</param>
    /// <param name="count">How many, since the last time.</param>
    public void AddInjections(string rule, Syscall syscall, Errno errno, long count)
    {
        lock (_lock)
        {
            (string, Syscall, Errno) key = (rule, syscall, errno);
            if (_injections.ContainsKey(key) || _budget.TryTake(1)) CollectionsMarshal.GetValueRefOrAddDefault(_injections, key, out _) += count;
        }
    }

    /// <summary>Notes what the last probe of a check found.</summary>
    /// <param name="check">The check, as the user wrote it.</param>
    /// <param name="passed">Whether the target was within its tolerance.</param>
    public void SetCheck(string check, bool passed)
    {
        lock (_lock)
        {
            if (_checks.ContainsKey(check) || _budget.TryTake(1)) _checks[check] = passed;
        }
    }

    /// <summary>Notes the phase that the run is in.</summary>
    public void SetPhase(RunPhase phase)
    {
        lock (_lock) _phase = phase;
    }

    /// <summary>Every metric with its present series, in a fixed order; those without series are left out.</summary>
    public IReadOnlyList<MetricFamily> Read()
    {
        lock (_lock)
        {
            IEnumerable<MetricFamily> phoebe = _options.PhoebeNames ? PhoebeFamilies.Of(_syscalls, _options.HostName) : [];
            return [.. MetricCatalogue.Own.Select(one => Family(one, SeriesOf(one))).Concat(phoebe).Where(family => family.Series.Count > 0)];
        }
    }

    /// <summary>A family whose series are in the order of their labels: what does not change is written the same each time.</summary>
    internal static MetricFamily Family(MetricDefinition definition, IEnumerable<MetricSeries> series) =>
        new(definition, [.. series.Order(Comparer<MetricSeries>.Create((a, b) => Compare(a.Labels, b.Labels)))]);

    private static int Compare(IReadOnlyList<string> one, IReadOnlyList<string> other)
    {
        int at = 0;
        while (at < one.Count - 1 && string.Equals(one[at], other[at], StringComparison.Ordinal)) at++;
        return one.Count == 0 ? 0 : string.CompareOrdinal(one[at], other[at]);
    }

    private IEnumerable<MetricSeries> SeriesOf(MetricDefinition definition) => definition.Name switch
    {
        _ when definition == MetricCatalogue.BuildInfo => [new MetricSeries([_options.Version], 1)],
        _ when definition == MetricCatalogue.Syscalls => _syscalls.Calls.Select(c => new MetricSeries(
            [c.Key.Process, c.Key.Syscall.Name, SyscallSeries.WordOf(c.Key.Outcome), ErrnoOf(c.Key.Outcome), Word(c.Key.Injected)], c.Value.Count)),
        _ when definition == MetricCatalogue.ErrorsRatio => _syscalls.Calls.Where(c => c.Key.Outcome.IsError && c.Value.LastCount > 0).Select(c => new MetricSeries(
            [c.Key.Process, c.Key.Syscall.Name, ErrnoOf(c.Key.Outcome), Word(c.Key.Injected)], _syscalls.LastShare(c.Key, c.Value))),
        _ when definition == MetricCatalogue.Duration => _syscalls.Durations.Select(d => new MetricSeries(
            [d.Key.Process, d.Key.Syscall.Name, d.Key.Outcome], d.Value.SumNs / 1e9, [.. d.Value.Cumulative])),
        _ when definition == MetricCatalogue.Injections => _injections.Select(i => new MetricSeries([i.Key.Rule, i.Key.Syscall.Name, i.Key.Errno.Name], i.Value)),
        _ when definition == MetricCatalogue.EventsLost => [new MetricSeries(["map_full"], _lost)],
        _ when definition == MetricCatalogue.SeriesDropped => [new MetricSeries([], _budget.Dropped)],
        _ when definition == MetricCatalogue.CheckUp => _checks.Select(c => new MetricSeries([c.Key], c.Value ? 1 : 0)),
        _ when definition == MetricCatalogue.ExperimentPhase =>
            _phase is not { } present ? [] : Enum.GetValues<RunPhase>().Select(phase => new MetricSeries([Words.Of(phase)], phase == present ? 1 : 0)),
        _ => throw new InvalidOperationException($"{definition.Name} has no source"),
    };

    private static string ErrnoOf(Outcome outcome) => outcome.IsError ? outcome.Errno.Name : "";

    private static string Word(bool value) => value ? "true" : "false";
}
