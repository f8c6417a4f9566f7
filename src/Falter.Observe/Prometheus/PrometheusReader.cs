using Falter.Records;

namespace Falter.Observe;

/// <summary>What a window of a Prometheus holds.</summary>
/// <param name="Names">Whose metrics were found: Falter's or Phoebe's.</param>
/// <param name="Samples">With Falter's metrics: the intervals, of which rates are computed; no injected rows.</param>
/// <param name="Window">With Phoebe's metrics, which are rates already: the natural errors; else null.</param>
/// <param name="LeftOut">Intervals of a process that were left out because injected errors were counted for it.</param>
public sealed record PrometheusObservation(PrometheusNames Names, IReadOnlyList<IntervalSample> Samples, ErrorWindow? Window, int LeftOut);

/// <summary>Reads natural errors from a Prometheus that scrapes <c>falter monitor --listen</c>, or Phoebe's monitor.</summary>
public static class PrometheusReader
{
    // A week at one second, or thirteen years at the usual 15 s and more.
    private const long MostSteps = 1_000_000;

    /// <summary>Reads a window.</summary>
    /// <exception cref="FalterException">
    /// <c>bad-option</c>: times reversed, or a step that does not fit; <c>no-samples</c>: nothing there, or one sample only; <c>prometheus-unreachable</c>, <c>prometheus-refused</c>,
    /// <c>query-not-readable</c>.
    /// </exception>
    public static async Task<PrometheusObservation> ReadAsync(PrometheusQuery query, CancellationToken cancel)
    {
        Require(query);
        using var client = new PrometheusClient(query);
        if (query.Names != PrometheusNames.Phoebe)
        {
            var falter = new FalterMetrics(query);
            PrometheusObservation? found = await falter.ReadAsync(client, cancel);
            if (found is not null) return found;
        }
        if (query.Names != PrometheusNames.Falter)
        {
            var phoebe = new PhoebeMetrics(query);
            PrometheusObservation? found = await phoebe.ReadAsync(client, cancel);
            if (found is not null) return found;
        }
        string names = query.Names switch
        {
            PrometheusNames.Falter => FalterMetrics.Calls,
            PrometheusNames.Phoebe => PhoebeMetrics.Calls,
            _ => $"{FalterMetrics.Calls} nor {PhoebeMetrics.Calls}",
        };
        throw FalterException.Usage("no-samples", $"{query.Source}: no {names} there; choose a window in which the exporter was scraped, and check --match");
    }

    /// <summary>The process's name: its own label, and those of --by.</summary>
    internal static string ProcessOf(PrometheusSeries series, string label, PrometheusQuery query) =>
        string.Join('@', query.By.Select(b => series.Labels.GetValueOrDefault(b, "")).Prepend(PhoebeNames.Plain(series.Labels.GetValueOrDefault(label, ""))));

    /// <summary>Goes through a window query by query, in order.</summary>
    internal static async IAsyncEnumerable<IReadOnlyList<PrometheusSeries>> ChunksAsync(PrometheusClient client, string selector, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        for (long first = 0; first <= client.LastStep; first += PrometheusClient.StepsPerQuery)
        {
            yield return await client.RangeAsync(selector, first, Math.Min(client.LastStep, first + PrometheusClient.StepsPerQuery - 1), cancel);
        }
    }

    internal static FalterException OneSample(PrometheusQuery query, string metric) =>
        FalterException.Usage("no-samples", $"{query.Source}: every series of {metric} has one sample only, of which no rate can be computed; widen the window, or lower --step ({Durations.Format(query.Step)})");

    private static void Require(PrometheusQuery query)
    {
        if (query.End <= query.Start) throw FalterException.Usage("bad-option", $"--end {query.End:O} is not after --start {query.Start:O}; were they swapped?");
        if (query.Step < TimeSpan.FromMilliseconds(1)) throw FalterException.Usage("bad-option", "--step: expected 1ms or more, for example 15s");
        long steps = (query.End - query.Start).Ticks / query.Step.Ticks;
        if (steps < 1) throw FalterException.Usage("bad-option", $"--step {Durations.Format(query.Step)} is longer than the window of {Durations.Format(query.End - query.Start)}; a rate needs two points");
        if (steps > MostSteps) throw FalterException.Usage("bad-option", $"--step {Durations.Format(query.Step)} gives {steps} points; at most {MostSteps} are read: raise --step, or shorten the window");
    }
}
