using System.Text;

namespace Falter.Observe;

/// <summary><c>docs/reference/metrics.md</c>, generated from the catalogue that the program uses.</summary>
public static class MetricsPage
{
    public static string Render()
    {
        var page = new StringBuilder();
        page.Append($"""
            # Metrics

            `falter monitor` and `falter assess` publish these with `--listen ADDR:PORT` (Prometheus asks for `/metrics`; `/healthz` answers `ok`) and with `--otlp URL` (sent to an OpenTelemetry receiver).
            This page is generated from `MetricCatalogue` in `src/Falter.Observe/Metrics`; a test holds the two equal. [How to put them on a dashboard](../how-to/prometheus-and-grafana.md).

            ## What holds for all

            - Values change when the monitor reads, at the pace of `--interval`; a scrape in between gives the state of the last reading, all of it from the same one. `falter assess` reads while it observes
              natural errors, so calls are counted in that phase alone; checks, phases and injections are told in all.
            - Counters begin with 0 when the verb begins and only grow. Rates over time are best taken from them: a gauge of the last interval shows a scraper with a longer interval only a part of the readings.
            - `process` is the name of the executable, `errno` a name such as `EIO`, or empty for calls that did not fail. No label holds a pid or a path, so the number of series is bounded by the programs, the calls
              and the outcomes that the target knows, and in any case by `--max-series`: what is beyond it is not published and counted in `falter_series_dropped_total`.
            - `injected` is `true` for errors that Falter made. They are series of their own and never part of latencies.
            - `outcome` is `success`, `error` or `interrupted` (the kernel's own restart codes, which no program ever sees).


            """);
        Table(page, "Names of Falter's own", MetricCatalogue.Own);
        page.Append($"""

            The buckets of a histogram are doublings from {LatencyBounds.Seconds[0] * 1e6:0.000} µs to {LatencyBounds.Seconds[^1]:0.0} s (`le` is in seconds). They are borders of the buckets that the kernel counts in, so their counts are exact: calls that took *less* than
            the bound, to the nanosecond. A histogram has {LatencyBounds.Count + 2} series.

            ## Over OTLP

            | in Prometheus | over OTLP |
            |---|---|

            """);
        foreach (MetricDefinition metric in MetricCatalogue.Own)
        {
            string names = metric.Kind == MetricKind.Histogram ? $"`{metric.OtlpName}.bucket` (a counter with the label `le`), `{metric.OtlpName}.sum`" : $"`{metric.OtlpName}`";
            page.Append($"| `{metric.Name}` | {names} |\n");
        }
        page.Append("""

            Labels become attributes of the same names. Latencies go out as counters, because the OpenTelemetry SDK takes histograms only value by value; `histogram_quantile` reads from them as from any other.
            Port 4318 or a path that ends in `/v1/metrics` is asked with protobuf over HTTP, all else with gRPC. They are sent every 10 s (`OTEL_METRIC_EXPORT_INTERVAL`, in milliseconds) and once at the end.


            """);
        Table(page, "Names of Phoebe", MetricCatalogue.Phoebe);
        page.Append("""

            Served with `--phoebe-names`. `hostname` is this machine's name, `application_name` the process's, `pid` always `None` (as Phoebe writes when it watches by name), `layer` always `os`, `error_code` the errno,
            `SUCCESS` or `ERESTARTSYS` (interrupted), `injected_on_purpose` `True` or `False`. They differ from Phoebe's in three points: `injected_on_purpose` tells the truth, `syscalls_avg_latency` ends
            instead of going stale, and the unit of latencies is always the microsecond.

            """);
        return page.ToString();
    }

    private static void Table(StringBuilder page, string title, IEnumerable<MetricDefinition> metrics)
    {
        page.Append($"## {title}\n\n| metric | type, unit | labels | means | its series |\n|---|---|---|---|---|\n");
        foreach (MetricDefinition metric in metrics)
        {
            string labels = metric.Labels.Count == 0 ? "none" : string.Join(", ", metric.Labels.Select(label => $"`{label}`"));
            page.Append($"| `{metric.Name}` | {PrometheusText.TypeOf(metric.Kind)}, {UnitOf(metric)} | {labels} | {metric.Help} | {metric.Lifetime} |\n");
        }
    }

    private static string UnitOf(MetricDefinition metric) => metric.Unit switch
    {
        "s" => "seconds",
        "us" => "microseconds",
        "1" when metric == MetricCatalogue.ErrorsRatio || metric == MetricCatalogue.PhoebeFailureRate => "share from 0 to 1",
        "1" => "0 or 1",
        var counted => $"{counted.Trim('{', '}')}s".Replace("seriess", "series", StringComparison.Ordinal),
    };
}
