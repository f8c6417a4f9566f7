using System.Net;
using System.Reflection;
using Falter.Observe;
using Falter.Records;

namespace Falter.Cli;

/// <summary>The ways by which metrics leave this program, open while a verb runs.</summary>
internal sealed class MetricExports : IAsyncDisposable
{
    private readonly int _maxSeries;
    private MetricEndpoint? _endpoint;
    private OtlpExport? _otlp;
    private bool _toldDropped;

    private MetricExports(ExportChoice choice)
    {
        _maxSeries = choice.MaxSeries;
        string version = typeof(MetricExports).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
        // The commit, after the plus, would begin a new series with each build.
        Metrics = new PublishedMetrics(new MetricOptions { MaxSeries = choice.MaxSeries, PhoebeNames = choice.PhoebeNames, Version = version.Split('+')[0], HostName = Environment.MachineName });
    }

    /// <summary>What is published.</summary>
    public PublishedMetrics Metrics { get; }

    /// <summary>Opens what was chosen and tells where it is; null where nothing was chosen. Nothing else has been begun by then.</summary>
    /// <param name="choice">What was chosen.</param>
    /// <param name="tell">Takes what the user should know, then and later, from any thread.</param>
    /// <exception cref="FalterException"><c>address-not-usable</c>.</exception>
    public static async Task<MetricExports?> OpenAsync(ExportChoice? choice, Action<string> tell)
    {
        if (choice is null) return null;
        var exports = new MetricExports(choice);
        try
        {
            await exports.StartAsync(choice, tell);
            return exports;
        }
        catch
        {
            await exports.DisposeAsync();
            throw;
        }
    }

    private async Task StartAsync(ExportChoice choice, Action<string> tell)
    {
        if (choice.Listen is { } listen)
        {
            _endpoint = await MetricEndpoint.OpenAsync(Metrics, listen);
            tell($"metrics at {_endpoint.Url}/metrics");
            if (!IPAddress.IsLoopback(listen.Address))
            {
                tell(Finding.Note("metrics-exposed", $"--listen {listen}: whoever reaches this machine can read which programs run here and how their calls end; :{listen.Port} serves this machine alone").ToString());
            }
        }
        if (choice.Otlp is { } url) _otlp = new OtlpExport(Metrics, url, choice.MaxSeries, finding => tell(finding.ToString()));
    }

    /// <summary>Publishes a reading.</summary>
    /// <returns>The first time that series found no room: what the user should know.</returns>
    public Finding? Add(IntervalSample sample)
    {
        Metrics.Add(sample);
        if (_toldDropped || Metrics.SeriesDropped == 0) return null;
        _toldDropped = true;
        return Finding.Limits("series-dropped", $"--max-series {_maxSeries}: more series than that; what found no room is not published, only counted in falter_series_dropped_total");
    }

    public async ValueTask DisposeAsync()
    {
        _otlp?.Dispose();
        if (_endpoint is not null) await _endpoint.DisposeAsync();
    }
}
