using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Falter.EndToEnd.Tests;

/// <summary>Series of a counter or gauge over time, as Prometheus stores them.</summary>
public sealed class StoredSeries
{
    // By metric: the lines of one must stand together.
    private readonly SortedDictionary<string, StringBuilder> _metrics = new(StringComparer.Ordinal);

    /// <summary>The time of step 0.</summary>
    public static DateTimeOffset Start { get; } = new(2026, 3, 1, 8, 0, 0, TimeSpan.Zero);

    /// <summary>Distance of the samples.</summary>
    public const int StepSeconds = 15;

    /// <summary>Adds a series; NaN stands for itself, null for no sample. A name that ends in <c>_total</c> is a counter's, else a gauge's.</summary>
    /// <param name="metric">The name.</param>
    /// <param name="labels">As between the braces.</param>
    /// <param name="values">The values of the steps.</param>
    public StoredSeries Add(string metric, string labels, IEnumerable<double?> values)
    {
        if (!_metrics.TryGetValue(metric, out StringBuilder? text))
        {
            bool counter = metric.EndsWith("_total", StringComparison.Ordinal);
            _metrics[metric] = text = new StringBuilder($"# TYPE {(counter ? metric[..^6] : metric)} {(counter ? "counter" : "gauge")}\n");
        }
        foreach ((double? value, int step) in values.Select((v, i) => (v, i)))
        {
            if (value is { } v) text.Append(CultureInfo.InvariantCulture, $"{metric}{{{labels}}} {v.ToString("R", CultureInfo.InvariantCulture)} {Start.ToUnixTimeSeconds() + step * StepSeconds}\n");
        }
        return this;
    }

    /// <summary>As OpenMetrics text, which <c>promtool</c> makes blocks of.</summary>
    public override string ToString() => string.Concat(_metrics.Values) + "# EOF\n";
}

/// <summary>A real Prometheus over series of one's own, on a loopback port, that scrapes nothing.</summary>
public sealed class PrometheusServer : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("falter-test-prometheus-").FullName;
    private readonly StringBuilder _log = new();
    private Process? _process;

    private PrometheusServer(int port) => Port = port;

    public int Port { get; }

    public string Url => $"http://127.0.0.1:{Port}";

    /// <summary>Stores the series, starts the server, and waits until it answers; skips the test where Prometheus is not installed.</summary>
    public static async Task<PrometheusServer> StartAsync(StoredSeries series)
    {
        if (!File.Exists("/usr/bin/prometheus") || !File.Exists("/usr/bin/promtool")) Assert.Skip("prometheus is not installed; eng/prerequisites installs it");
        var server = new PrometheusServer(FreePort());
        try
        {
            await server.RunAsync(series);
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    private async Task RunAsync(StoredSeries series)
    {
        string text = Path.Combine(_folder, "series.om"), blocks = Path.Combine(_folder, "blocks"), configuration = Path.Combine(_folder, "prometheus.yml");
        await File.WriteAllTextAsync(text, series.ToString());
        await File.WriteAllTextAsync(configuration, "scrape_configs: []\n");
        string told = Shell.Run("/usr/bin/promtool", "tsdb", "create-blocks-from", "openmetrics", text, blocks);
        Assert.True(Directory.Exists(blocks) && Directory.GetDirectories(blocks).Length > 0, told);
        // Stored samples have no marks where a series ends, as scraped ones have, so that a value must not be looked up further back than one step.
        _process = Process.Start(new ProcessStartInfo("/usr/bin/prometheus",
            [$"--config.file={configuration}", $"--storage.tsdb.path={blocks}", "--storage.tsdb.retention.time=100y", $"--web.listen-address=127.0.0.1:{Port}", "--query.lookback-delta=14s", "--log.level=warn"])
        { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        _process.ErrorDataReceived += (_, e) => { lock (_log) _log.AppendLine(e.Data); };
        _process.OutputDataReceived += (_, _) => { };
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        var limit = Stopwatch.StartNew();
        while (!await IsReadyAsync(http))
        {
            lock (_log) Assert.True(!_process.HasExited && limit.Elapsed < TimeSpan.FromSeconds(60), $"prometheus did not become ready\n{_log}");
            await Task.Delay(20);
        }
    }

    private async Task<bool> IsReadyAsync(HttpClient http)
    {
        try
        {
            using HttpResponseMessage response = await http.GetAsync($"{Url}/-/ready");
            return response.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    public void Dispose()
    {
        if (_process is { HasExited: false })
        {
            Shell.Run("kill", "-TERM", _process.Id.ToString());
            if (!_process.WaitForExit(10_000)) _process.Kill();
        }
        _process?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
