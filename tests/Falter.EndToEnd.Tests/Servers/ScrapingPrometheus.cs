using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Falter.EndToEnd.Tests;

/// <summary>Debian's Prometheus with the configuration and the rules of <c>visualization/</c>, in a temporary folder: only where it scrapes, and how often, is the test's own.</summary>
public sealed class ScrapingPrometheus : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("falter-test-prometheus-").FullName;
    private readonly HttpClient _http;
    private readonly Process _process;

    private ScrapingPrometheus(IEnumerable<string> targets)
    {
        string shipped = Visualization.PathOf("prometheus");
        string configuration = File.ReadAllText(Path.Combine(shipped, "prometheus.yml"));
        string own = configuration.Replace("['127.0.0.1:9435', '127.0.0.1:9436']", $"[{string.Join(", ", targets.Select(t => $"'{t}'"))}]").Replace("scrape_interval: 5s", "scrape_interval: 500ms");
        Assert.All(targets, t => Assert.Contains(t, own));
        Assert.Contains("500ms", own);
        File.WriteAllText(Path.Combine(_folder, "prometheus.yml"), own);
        File.Copy(Path.Combine(shipped, "falter.rules.yml"), Path.Combine(_folder, "falter.rules.yml"));
        int port = FreePort();
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(20) };
        _process = Process.Start(new ProcessStartInfo("prometheus",
        [
            $"--config.file={_folder}/prometheus.yml", $"--storage.tsdb.path={_folder}/data", $"--web.listen-address=127.0.0.1:{port}", "--log.level=error",
        ])
        { UseShellExecute = false })!;
    }

    /// <summary>Starts it and waits until it answers.</summary>
    /// <param name="targets">What it scrapes: <c>127.0.0.1:9435</c>.</param>
    public static async Task<ScrapingPrometheus> StartAsync(params string[] targets)
    {
        var server = new ScrapingPrometheus(targets);
        bool ready = await Shell.UntilAsync(() => server.IsReady(), TimeSpan.FromSeconds(30));
        if (!ready) server.Dispose();
        Assert.True(ready, "prometheus did not start");
        return server;
    }

    /// <summary>The series of a query over the time up to now, each with its samples.</summary>
    public async Task<IReadOnlyList<JsonElement>> QueryAsync(string query, TimeSpan back)
    {
        double now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0;
        JsonElement data = await AskAsync($"/api/v1/query_range?query={Uri.EscapeDataString(query)}&start={now - back.TotalSeconds}&end={now}&step=1");
        return [.. data.GetProperty("result").EnumerateArray()];
    }

    /// <summary>The values that a label has in some series.</summary>
    public async Task<IReadOnlyList<string>> ValuesAsync(string label, string series)
    {
        JsonElement data = await AskAsync($"/api/v1/label/{label}/values?match[]={Uri.EscapeDataString(series)}");
        return [.. data.EnumerateArray().Select(v => v.GetString()!)];
    }

    /// <summary>Asks its HTTP interface; a refused question fails the test with its reason.</summary>
    public async Task<JsonElement> AskAsync(string path)
    {
        using HttpResponseMessage response = await _http.GetAsync(path);
        JsonElement answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        Assert.True(answer.GetProperty("status").GetString() == "success", $"{path}\n{answer}");
        return answer.GetProperty("data");
    }

    public void Dispose()
    {
        _http.Dispose();
        if (!_process.HasExited)
        {
            Shell.Run("kill", "-TERM", _process.Id.ToString());
            if (!_process.WaitForExit(10_000)) _process.Kill();
        }
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private bool IsReady()
    {
        try
        {
            return _http.GetAsync("/-/ready").GetAwaiter().GetResult().IsSuccessStatusCode;
        }
        catch (HttpRequestException)
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
}

/// <summary>What <c>visualization/</c> ships, and the tools that check it.</summary>
public static class Visualization
{
    public static string PathOf(string name) => Path.Combine(FalterProcess.Repository, "visualization", name);

    /// <summary>Skips the test where a program is not installed.</summary>
    public static void Require(string program)
    {
        bool found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));
        if (!found) Assert.Skip($"{program} is not installed; eng/prerequisites installs it");
    }

    /// <summary>Runs promtool with a document on its standard input.</summary>
    public static (int ExitCode, string Output) Promtool(string input, params string[] arguments)
    {
        Require("promtool");
        using var process = Process.Start(new ProcessStartInfo("promtool", arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = PathOf("prometheus"),
        })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        Assert.True(process.WaitForExit(60_000), "promtool did not end");
        return (process.ExitCode, output.GetAwaiter().GetResult() + errors.GetAwaiter().GetResult());
    }
}
