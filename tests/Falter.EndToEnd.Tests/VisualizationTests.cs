using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Falter.EndToEnd.Tests;

/// <summary>
/// What <c>visualization/</c> ships works on what Falter really publishes: a real Prometheus scrapes a real <c>monitor</c> and a real <c>assess</c>, and every query of the dashboard returns data.
/// </summary>
public partial class VisualizationTests
{
    // Of Grafana's macros, the one that the dashboard uses: four scrapes, as Grafana computes it.
    private const string RateInterval = "2s";

    [GeneratedRegex(@"^label_values\((?<series>.+), (?<label>\w+)\)$")]
    private static partial Regex LabelValues();

    [GeneratedRegex(@"\$\w+|\$\{\w+\}")]
    private static partial Regex Variable();

    [Fact]
    public async Task Every_query_of_the_dashboard_returns_data()
    {
        Needs.Root();
        Visualization.Require("prometheus");
        using JsonDocument dashboard = JsonDocument.Parse(await File.ReadAllTextAsync(Visualization.PathOf("grafana/dashboards/falter.json")));
        string folder = Directory.CreateTempSubdirectory("falter-test-run-").FullName;
        using RealServer watched = RealServer.Python(), assessed = RealServer.Python();
        await watched.StartAsync();
        using var busy = new CancellationTokenSource();
        Task asking = AskAsync(watched, busy.Token);
        try
        {
            using FalterProcess monitor = FalterProcess.Start("monitor", "--listen", ":0", "--phoebe-names", "--format", "json", "-i", "500ms", "-p", watched.Pid.ToString());
            using FalterProcess assess = FalterProcess.Start(
            [
                "assess", "--listen", ":0", "--check", $"{assessed.Url}/page.txt", "--workload", $"{assessed.Url}/page.txt", "--workload", $"{assessed.Url}/missing", "--rate", "50/s",
                "--observe", "5s", "--warm-up", "1s", "--baseline", "2s", "--inject", "5s", "--recover", "1s", "--max-models", "1", "--seed", "3", "-o", folder, "--", .. assessed.Command,
            ]);
            using ScrapingPrometheus prometheus = await ScrapingPrometheus.StartAsync(await Scrape.PlaceOfAsync(monitor), await Scrape.PlaceOfAsync(assess));
            FalterResult result = await assess.EndAsync(TimeSpan.FromMinutes(3));
            Assert.True(result.ExitCode is 0 or 1, result.ToString());

            string[] silent = await SilentAsync(prometheus, [.. Queries(dashboard.RootElement), .. s_phoebes]);
            Assert.True(silent.Length == 0, $"no data:\n{string.Join('\n', silent)}\n{result}");
            await AssertVariablesHaveValuesAsync(prometheus, dashboard.RootElement);
            await AssertRunWasSeenAsync(prometheus, folder);
            JsonElement rules = await prometheus.AskAsync("/api/v1/rules");
            Assert.All(rules.GetProperty("groups").EnumerateArray().SelectMany(g => g.GetProperty("rules").EnumerateArray()), r => Assert.Equal("ok", r.GetProperty("health").GetString()));
            monitor.Signal("INT");
            Assert.Equal(0, (await monitor.EndAsync(TimeSpan.FromSeconds(15))).ExitCode);
        }
        finally
        {
            await busy.CancelAsync();
            await asking;
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void The_alert_rules_fire_when_they_should_and_only_then()
    {
        (int exitCode, string output) = Visualization.Promtool("", "test", "rules", "falter.rules.test.yml");
        Assert.True(exitCode == 0, output);
        // Each alert is in a test that expects it, or that expects its silence.
        string tests = File.ReadAllText(Visualization.PathOf("prometheus/falter.rules.test.yml")), rules = File.ReadAllText(Visualization.PathOf("prometheus/falter.rules.yml"));
        Assert.All(Regex.Matches(rules, @"- alert: (\w+)"), alert => Assert.Contains($"alertname: {alert.Groups[1].Value}", tests));
    }

    [Fact]
    public void The_scrape_configuration_is_valid()
    {
        (int exitCode, string output) = Visualization.Promtool("", "check", "config", "prometheus.yml");
        Assert.True(exitCode == 0, output);
    }

    [Fact]
    public void What_the_compose_file_mounts_is_there_and_its_addresses_agree()
    {
        string text = File.ReadAllText(Visualization.PathOf("compose.yaml"));
        string[] mounts = [.. Regex.Matches(text, @"- \./(\S+?):(\S+):ro").Select(m => m.Groups[1].Value)];
        Assert.Equal(["prometheus", "grafana/provisioning", "grafana/dashboards"], mounts);
        Assert.All(mounts, m => Assert.True(Directory.Exists(Visualization.PathOf(m)), m));
        // The provisioned source is the one that the dashboard's variable begins with, and at the address that Prometheus is given.
        string source = File.ReadAllText(Visualization.PathOf("grafana/provisioning/datasources/prometheus.yml")), dashboard = File.ReadAllText(Visualization.PathOf("grafana/dashboards/falter.json"));
        string uid = Regex.Match(source, @"uid: (\S+)").Groups[1].Value, url = Regex.Match(source, @"url: http://(\S+)").Groups[1].Value;
        Assert.Contains($"\"value\": \"{uid}\"", dashboard);
        Assert.Contains($"--web.listen-address={url}", text);
    }

    [Fact]
    public void Docker_reads_the_compose_file()
    {
        if (!Shell.Run("sh", "-c", "docker compose version 2>&1").Contains("Compose version", StringComparison.Ordinal)) Assert.Skip("docker compose is not installed, so the file was not given to it");
        string complaints = Shell.Run("docker", "compose", "-f", Visualization.PathOf("compose.yaml"), "config", "--quiet");
        Assert.True(complaints.Length == 0, complaints);
    }

    // The five queries of Phoebe's own dashboard, as it has them.
    private static readonly string[] s_phoebes =
    [
        "syscalls_failure_rate", "log10(failed_syscalls_total)", "rate(failed_syscalls_total[30s])", "log10(failed_syscalls_latency_total)", "rate(failed_syscalls_latency_total[30s])",
    ];

    private static async Task AskAsync(RealServer server, CancellationToken stop)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using HttpResponseMessage missing = await http.GetAsync($"{server.Url}/missing", CancellationToken.None), page = await http.GetAsync($"{server.Url}/page.txt", CancellationToken.None);
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                // On a busy machine an answer may come too late: others do not.
            }
        }
    }

    /// <summary>All queries of panels and annotations, with variables as Grafana fills them in for "All".</summary>
    private static List<string> Queries(JsonElement dashboard)
    {
        IEnumerable<JsonElement> panels = dashboard.GetProperty("panels").EnumerateArray(), annotations = dashboard.GetProperty("annotations").GetProperty("list").EnumerateArray();
        List<string> queries = [.. panels.SelectMany(p => p.GetProperty("targets").EnumerateArray()).Concat(annotations).Select(q => Filled(q.GetProperty("expr").GetString()!))];
        Assert.True(queries.Count >= 17, $"{queries.Count} queries");
        return queries;
    }

    private static string Filled(string query)
    {
        string filled = query.Replace("$__rate_interval", RateInterval).Replace("$process", ".*").Replace("$syscall", ".*").Replace("$errno", ".*");
        Assert.DoesNotMatch(Variable(), filled);
        return filled;
    }

    /// <summary>The queries that have no number to show, after as long as Prometheus may need to scrape it.</summary>
    private static async Task<string[]> SilentAsync(ScrapingPrometheus prometheus, IReadOnlyList<string> queries)
    {
        var limit = Stopwatch.StartNew();
        List<string> silent = [.. queries];
        do
        {
            foreach (string query in silent.ToList())
            {
                IReadOnlyList<JsonElement> series = await prometheus.QueryAsync(query, TimeSpan.FromMinutes(3));
                bool hasNumber = series.Any(s => s.GetProperty("values").EnumerateArray().Any(v => v[1].GetString() != "NaN"));
                if (hasNumber) silent.Remove(query);
            }
        }
        while (silent.Count > 0 && limit.Elapsed < TimeSpan.FromSeconds(30));
        return [.. silent];
    }

    private static async Task AssertVariablesHaveValuesAsync(ScrapingPrometheus prometheus, JsonElement dashboard)
    {
        foreach (JsonElement variable in dashboard.GetProperty("templating").GetProperty("list").EnumerateArray().Where(v => v.GetProperty("type").GetString() == "query"))
        {
            Match query = LabelValues().Match(Filled(variable.GetProperty("query").GetProperty("query").GetString()!));
            Assert.True(query.Success, variable.ToString());
            Assert.NotEmpty(await prometheus.ValuesAsync(query.Groups["label"].Value, query.Groups["series"].Value));
        }
    }

    /// <summary>What Prometheus has seen of the run is what its folder holds.</summary>
    private static async Task AssertRunWasSeenAsync(ScrapingPrometheus prometheus, string folder)
    {
        IReadOnlyList<JsonElement> phases = await prometheus.QueryAsync("max by (phase) (falter_experiment_phase) == 1", TimeSpan.FromMinutes(3));
        string[] seen = [.. phases.Select(p => p.GetProperty("metric").GetProperty("phase").GetString()!)];
        Assert.Empty(new[] { "observe", "baseline", "inject", "recover" }.Except(seen));
        JsonElement undone = File.ReadLines(Path.Combine(folder, "faults.jsonl")).Select(l => JsonDocument.Parse(l).RootElement).Single(f => f.GetProperty("step").GetString() == "undone");
        JsonElement injected = Assert.Single(await prometheus.QueryAsync("falter_injections_total", TimeSpan.FromMinutes(3)));
        Assert.Equal(undone.GetProperty("rule").GetString(), injected.GetProperty("metric").GetProperty("rule").GetString());
        Assert.Equal(undone.GetProperty("injected").GetInt64(), injected.GetProperty("values").EnumerateArray().Max(v => double.Parse(v[1].GetString()!)));
    }
}
