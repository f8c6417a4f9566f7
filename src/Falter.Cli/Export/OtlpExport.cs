using System.Diagnostics.Metrics;
using System.Diagnostics.Tracing;
using System.Globalization;
using Falter.Observe;
using Falter.Records;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Falter.Cli;

/// <summary>
/// Sends the metrics to an OpenTelemetry receiver, now and then and at the end. The SDK takes histograms only value by value, but the kernel has counted the values already: latencies go
/// out as counters with a label <c>le</c>, from which <c>histogram_quantile</c> reads as from any histogram.
/// </summary>
internal sealed class OtlpExport : IDisposable
{
    // As often as Prometheus asks in most set-ups; a minute, the SDK's default, hides what a short observation sees.
    private const int IntervalMs = 10_000;

    private readonly Meter _meter;
    private readonly MeterProvider _provider;
    private readonly Troubles _troubles;

    /// <param name="metrics">What is sent.</param>
    /// <param name="url">The receiver. Port 4318 or a path that ends in <c>/v1/metrics</c> is asked with protobuf over HTTP, all else with gRPC.</param>
    /// <param name="maxSeries">The most series of one metric, without the labels that buckets add.</param>
    /// <param name="tell">Takes the first failure.</param>
    public OtlpExport(PublishedMetrics metrics, Uri url, int maxSeries, Action<Finding> tell)
    {
        _troubles = new Troubles(message => tell(Finding.Limits("otlp-not-received", $"--otlp {url.GetLeftPart(UriPartial.Path)}: metrics were not received ({message}); further failures are not told")));
        _meter = new Meter("falter");
        foreach (MetricDefinition definition in MetricCatalogue.Own) Publish(metrics, definition);
        try
        {
            _provider = Provider(url, maxSeries);
        }
        // The SDK reads its variables here.
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidOperationException)
        {
            _meter.Dispose();
            _troubles.Dispose();
            string example = "expected for example OTEL_EXPORTER_OTLP_HEADERS=authorization=TOKEN, OTEL_METRIC_EXPORT_INTERVAL=10000";
            throw FalterException.Usage("bad-option", $"--otlp: a variable of the environment whose name begins with OTEL_ is not understood ({e.Message.TrimEnd('.')}); {example}");
        }
    }

    private MeterProvider Provider(Uri url, int maxSeries) =>
        Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(resource => resource.AddService("falter"))
            .AddMeter(_meter.Name)
            .AddView(instrument => new MetricStreamConfiguration { CardinalityLimit = maxSeries })
            .AddOtlpExporter((otlp, reader) =>
            {
                (otlp.Protocol, otlp.Endpoint) = ReceiverOf(url);
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds ??= IntervalMs;
            })
            .Build();

    /// <summary>Protocol and full URL of a receiver.</summary>
    private static (OtlpExportProtocol Protocol, Uri Url) ReceiverOf(Uri url)
    {
        bool isWhole = url.AbsolutePath.EndsWith("/v1/metrics", StringComparison.Ordinal);
        if (!isWhole && url.Port != 4318) return (OtlpExportProtocol.Grpc, url);
        return (OtlpExportProtocol.HttpProtobuf, isWhole ? url : new UriBuilder(url) { Path = $"{url.AbsolutePath.TrimEnd('/')}/v1/metrics" }.Uri);
    }

    /// <summary>Sends the last state, for at most five seconds (the SDK's), and ends.</summary>
    public void Dispose()
    {
        _provider.Dispose();
        _meter.Dispose();
        _troubles.Dispose();
    }

    private void Publish(PublishedMetrics metrics, MetricDefinition definition)
    {
        if (definition.OtlpName is not { } name) return;
        IEnumerable<Measurement<double>> Values(Func<MetricSeries, IEnumerable<Measurement<double>>> values) =>
            metrics.Read().Where(family => family.Definition == definition).SelectMany(family => family.Series).SelectMany(values);
        KeyValuePair<string, object?>[] Tags(MetricSeries series) => [.. definition.Labels.Zip(series.Labels, (label, value) => KeyValuePair.Create<string, object?>(label, value))];

        switch (definition.Kind)
        {
            case MetricKind.Counter:
                _meter.CreateObservableCounter(name, () => Values(s => [new Measurement<double>(s.Value, Tags(s))]), definition.Unit, definition.Help);
                break;
            case MetricKind.Gauge:
                _meter.CreateObservableGauge(name, () => Values(s => [new Measurement<double>(s.Value, Tags(s))]), definition.Unit, definition.Help);
                break;
            default:
                _meter.CreateObservableCounter($"{name}.sum", () => Values(s => [new Measurement<double>(s.Value, Tags(s))]), definition.Unit, $"{definition.Help} In all.");
                _meter.CreateObservableCounter($"{name}.bucket", () => Values(s => s.Buckets!.Select((count, at) => new Measurement<double>(count, [.. Tags(s), Bound(at)]))),
                    "{call}", $"{definition.Help} Calls up to the bound le, in seconds.");
                break;
        }
    }

    private static KeyValuePair<string, object?> Bound(int at) => new("le", PrometheusText.Bounds[at]);

    /// <summary>The SDK tells its failures to nobody but listeners of its event source; the first is passed on.</summary>
    private sealed class Troubles(Action<string> first) : EventListener
    {
        private int _told;

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == "OpenTelemetry-Exporter-OpenTelemetryProtocol") EnableEvents(eventSource, EventLevel.Warning);
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            // Events may come before the constructor of the base class has ended.
            if (first is null || Interlocked.Exchange(ref _told, 1) != 0) return;
            string[] payload = [.. (eventData.Payload ?? []).Select(value => value?.ToString() ?? "")];
            string message = eventData.Message is { } format ? string.Format(CultureInfo.InvariantCulture, format, payload) : eventData.EventName ?? "";
            first(message.Split('\n')[0].Trim());
        }
    }
}
