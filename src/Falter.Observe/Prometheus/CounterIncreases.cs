namespace Falter.Observe;

/// <summary>
/// What counters grew by from step to step, across queries. A counter that falls was reset and grew by what it shows now, as Prometheus's <c>increase()</c> takes it. A counter that appears
/// while others of its exporter were already there began at 0; one that appears together with its exporter has an unknown history and only gives a first value.
/// </summary>
internal sealed class CounterIncreases
{
    private readonly Dictionary<string, double> _last = new(StringComparer.Ordinal);
    private readonly HashSet<(string Exporter, long Step)> _seen = [];

    /// <summary>Whether any step could be compared with one before it.</summary>
    public bool Any { get; private set; }

    /// <summary>Whether any value came at all.</summary>
    public bool AnyValue { get; private set; }

    /// <summary>The increases of one query's series, whose steps follow those of the query before.</summary>
    public IEnumerable<(PrometheusSeries Series, long Step, double Increase)> Of(IReadOnlyList<PrometheusSeries> chunk)
    {
        foreach (PrometheusSeries series in chunk)
        {
            foreach ((long step, _) in series.Points) _seen.Add((ExporterOf(series), step));
        }
        foreach (PrometheusSeries series in chunk)
        {
            string key = KeyOf(series), exporter = ExporterOf(series);
            bool known = _last.TryGetValue(key, out double last);
            foreach ((long step, double value) in series.Points)
            {
                AnyValue = true;
                if (known || _seen.Contains((exporter, step - 1)))
                {
                    Any = true;
                    yield return (series, step, known && value >= last ? value - last : value);
                }
                last = value;
                known = true;
            }
            if (known) _last[key] = last;
        }
        long newest = chunk.SelectMany(s => s.Points).Select(p => p.Step).DefaultIfEmpty(-1).Max();
        // Only the last step is asked for again, by the next query.
        if (newest >= 0) _seen.RemoveWhere(s => s.Step < newest);
    }

    private static string ExporterOf(PrometheusSeries series) => $"{series.Labels.GetValueOrDefault("job")}\0{series.Labels.GetValueOrDefault("instance")}";

    private static string KeyOf(PrometheusSeries series) => string.Join('\0', series.Labels.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}={l.Value}"));
}
