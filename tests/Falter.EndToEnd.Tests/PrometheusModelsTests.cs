using System.Globalization;
using System.Text.Json;

namespace Falter.EndToEnd.Tests;

/// <summary>Error models from a real Prometheus.</summary>
public sealed class PrometheusModelsTests(PrometheusModelsTests.Server shared) : IClassFixture<PrometheusModelsTests.Server>
{
    // More steps than one query takes.
    private const int Steps = 2400, ResetAt = 1500;

    /// <summary>One server for all tests of this class.</summary>
    public sealed class Server : IAsyncLifetime
    {
        public PrometheusServer? Prometheus { get; private set; }

        public async ValueTask InitializeAsync()
        {
            if (File.Exists("/usr/bin/prometheus")) Prometheus = await PrometheusServer.StartAsync(Series());
        }

        public ValueTask DisposeAsync()
        {
            Prometheus?.Dispose();
            return ValueTask.CompletedTask;
        }
    }

    private string Url
    {
        get
        {
            if (shared.Prometheus is null) Assert.Skip("prometheus is not installed; eng/prerequisites installs it");
            return shared.Prometheus!.Url;
        }
    }

    [Fact]
    public async Task Counters_become_rates_of_intervals_over_resets_and_many_queries()
    {
        JsonElement model = await ModelAsync("web", "openat", Window(0, Steps - 1), "--match", "job=\"a\"");
        JsonElement natural = model.GetProperty("natural");
        // 2 of 20 calls in every interval but the 40 with injections, and 3 more calls in the one where EACCES appears; the reset loses nothing, as the counter grew from 0 by what it shows.
        const int intervals = Steps - 1 - 40;
        Assert.Equal(2 * intervals, natural.GetProperty("failures").GetInt64());
        Assert.Equal(20 * intervals + 3, natural.GetProperty("invocations").GetInt64());
        Assert.Equal(intervals, natural.GetProperty("intervals").GetInt32());
        Assert.Equal(0.1, natural.GetProperty("rate_p5").GetDouble(), 1e-12);
        Assert.Equal(0.1, natural.GetProperty("rate_p95").GetDouble(), 1e-12);
        Assert.Equal("steady", model.GetProperty("class").GetString());
        Assert.Equal(0.12, model.GetProperty("injected_rate").GetDouble(), 1e-12);
        double overall = 2 * intervals / (20.0 * intervals + 3);
        Assert.Equal((0.12 - overall) / (1 - overall), model.GetProperty("injection_probability").GetDouble(), 1e-12);
    }

    [Fact]
    public async Task An_error_that_appears_in_the_window_began_at_zero()
    {
        // Its counter is there from step 100 on, at 3, and never grows: one interval with 3 of 23 calls.
        JsonElement natural = (await ModelAsync("web", "openat", Window(50, 150), "EACCES", "--match", "job=\"a\"")).GetProperty("natural");
        Assert.Equal((3, 1), (natural.GetProperty("failures").GetInt32(), natural.GetProperty("intervals").GetInt32()));
        Assert.Equal(3 / 23.0, natural.GetProperty("rate_p95").GetDouble(), 1e-12);
    }

    [Fact]
    public async Task Applications_are_kept_apart_by_label()
    {
        // The same process name under two jobs: together, by job, and one of the two.
        JsonElement together = await ModelAsync("web", "openat", Window(200, 300));
        Assert.Equal(20 * 100 + 10 * 100, together.GetProperty("natural").GetProperty("invocations").GetInt64());
        using JsonDocument apart = await DocumentAsync([.. Window(200, 300), "--by", "job"]);
        string[] processes = [.. apart.RootElement.GetProperty("models").EnumerateArray().Select(m => m.GetProperty("process").GetString()!).Distinct().Order()];
        Assert.Equal(["db@a", "web@a", "web@b"], processes);
        JsonElement one = await ModelAsync("web", "openat", Window(200, 300), "--match", "job=\"b\"");
        Assert.Equal(10 * 100, one.GetProperty("natural").GetProperty("invocations").GetInt64());
    }

    [Fact]
    public async Task Intervals_with_injections_are_left_out_for_that_process_and_counted()
    {
        // Injected into web from step 601 to 640; db goes on.
        FalterResult result = await RunAsync([.. Window(500, 700), "--match", "job=\"a\""]);
        using var document = JsonDocument.Parse(result.Output);
        Assert.Equal(40, document.RootElement.GetProperty("left_out_intervals").GetInt32());
        Assert.Contains("40 intervals with injected errors were left out", result.Talk);
        Assert.Contains("[injections-left-out]", result.Talk);
        Assert.Equal(20 * 160, Find(document, "web", "openat").GetProperty("natural").GetProperty("invocations").GetInt64());
        Assert.Equal(4 * 200, Find(document, "db", "fsync").GetProperty("natural").GetProperty("invocations").GetInt64());
    }

    [Fact]
    public async Task Phoebes_gauge_gives_the_rates_and_its_counter_the_totals()
    {
        JsonElement natural = (await ModelAsync("hedwig", "read", [.. Window(0, 400), "--metrics", "phoebe", "--match", "application_name=\"hedwig\""], "EAGAIN")).GetProperty("natural");
        // The gauge is present in every second step up to 200: 0.25, else absent. Steps 11 to 20 have injected errors.
        Assert.Equal(95, natural.GetProperty("intervals").GetInt32());
        Assert.Equal(0.25, natural.GetProperty("rate_mean").GetDouble(), 1e-12);
        Assert.Equal(390, natural.GetProperty("failures").GetInt64());
        Assert.Equal(4 * 390, natural.GetProperty("invocations").GetInt64());
    }

    [Fact]
    public async Task Two_windows_are_compared()
    {
        string quiet = Between(800, 900), busy = Between(1000, 1100);
        FalterResult same = await FalterProcess.RunAsync("models", "diff", quiet, Between(900, 990), "--prometheus", Url, "--match", "job=\"a\"", "--fail-on-change");
        Assert.True(same.ExitCode == 0, same.ToString());
        FalterResult changed = await FalterProcess.RunAsync("models", "diff", quiet, busy, "--prometheus", Url, "--match", "job=\"a\"", "--fail-on-change", "--format", "json");
        Assert.True(changed.ExitCode == 1, changed.ToString());
        using var document = JsonDocument.Parse(changed.Output);
        JsonElement db = document.RootElement.GetProperty("differences").EnumerateArray().First(d => d.GetProperty("significant").GetBoolean());
        // fsync of db fails ten times as often from step 1000 on.
        Assert.Equal(("db", "fsync", "EIO", "changed"), (db.GetProperty("process").GetString(), db.GetProperty("syscall").GetString(), db.GetProperty("errno").GetString(), db.GetProperty("change").GetString()));
        Assert.Contains("significant", (await FalterProcess.RunAsync("models", "diff", quiet, busy, "--prometheus", Url, "--match", "job=\"a\"")).Output);
    }

    [Theory]
    [InlineData("no-samples", "no falter_syscalls_total nor failed_syscalls_total there", 100_000, 100_100)]
    [InlineData("no-samples", "no falter_syscalls_total nor failed_syscalls_total there", 0, 100, "--match", "job=\"nobody\"")]
    [InlineData("no-samples", "one sample only", 0, 1, "--match", "job=\"a\"", "--start", "2026-03-01T07:59:50Z")]
    [InlineData("prometheus-refused", "--match takes label matchers", 0, 100, "--match", "job=")]
    [InlineData("query-not-readable", "failed_syscalls_total{application_name=\"broken\"", 0, 100, "--metrics", "phoebe", "--match", "application_name=\"broken\"")]
    [InlineData("query-not-readable", "1.5 is no error rate", 0, 100, "--metrics", "phoebe", "--match", "application_name=\"above\"")]
    [InlineData("bad-option", "is longer than the window", 0, 100, "--step", "1h")]
    [InlineData("bad-option", "at most 1000000 are read", 0, 100_000, "--step", "1ms")]
    public async Task A_window_that_gives_no_rates_is_told_with_the_remedy(string code, string message, int first, int last, params string[] more)
    {
        string[] window = more.Contains("--start", StringComparer.Ordinal) ? ["--end", Time(last)] : Window(first, last);
        FalterResult result = await FalterProcess.RunAsync(["models", "--prometheus", Url, .. window, .. more]);
        Assert.True(result.ExitCode == 2, result.ToString());
        Assert.Contains(message, result.Talk);
        Assert.EndsWith($"[{code}]\n", result.Talk);
        Assert.Single(result.Talk.TrimEnd('\n').Split('\n'));
        Assert.Empty(result.Output);
    }

    [Fact]
    public async Task A_server_that_is_no_prometheus_is_told()
    {
        using RealServer python = RealServer.Python();
        await python.StartAsync();
        FalterResult result = await FalterProcess.RunAsync("models", "--prometheus", python.Url, "--start", "1000", "--end", "2000");
        Assert.True(result.ExitCode == 2, result.ToString());
        Assert.Contains("answers, but not as a Prometheus does", result.Talk);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_told()
    {
        FalterResult result = await FalterProcess.RunAsync("models", "--prometheus", "http://127.0.0.1:1", "--start", "1000", "--end", "2000");
        Assert.True(result.ExitCode == 3, result.ToString());
        Assert.Contains("--prometheus http://127.0.0.1:1: Connection refused", result.Talk);
        Assert.EndsWith("[prometheus-unreachable]\n", result.Talk);
    }

    private static StoredSeries Series()
    {
        var series = new StoredSeries();
        // Growth per step, from a history before the window, with a reset.
        IEnumerable<double?> Counter(double perStep) => Enumerable.Range(0, Steps).Select(s => (double?)(s < ResetAt ? 1000 + perStep * s : perStep * (s - ResetAt + 1)));
        string Falter(string job, string process, string syscall, string outcome, string errno, string injected = "false") =>
            $"job=\"{job}\",instance=\"{job}:1\",process=\"{process}\",syscall=\"{syscall}\",outcome=\"{outcome}\",errno=\"{errno}\",injected=\"{injected}\"";
        const string calls = "falter_syscalls_total";
        series.Add(calls, Falter("a", "web", "openat", "success", ""), Counter(17)).Add(calls, Falter("a", "web", "openat", "error", "ENOENT"), Counter(2)).Add(calls, Falter("a", "web", "openat", "interrupted", ""), Counter(1));
        series.Add(calls, Falter("a", "web", "openat", "error", "EACCES"), Enumerable.Range(0, Steps).Select(s => s is < 100 or >= ResetAt ? (double?)null : 3));
        series.Add(calls, Falter("a", "web", "openat", "error", "EIO", "true"), Enumerable.Range(0, Steps).Select(s => s is < 600 or >= ResetAt ? (double?)null : Math.Min(5 * (s - 600), 200)));
        series.Add(calls, Falter("b", "web", "openat", "success", ""), Counter(9)).Add(calls, Falter("b", "web", "openat", "error", "ENOENT"), Counter(1));
        series.Add(calls, Falter("a", "db", "fsync", "success", ""), Enumerable.Range(0, Steps).Select(s => (double?)(s <= 1000 ? 4 * s - s / 20 : 4000 - 50 + 3.5 * (s - 1000))).Select(v => (double?)Math.Floor(v!.Value)));
        series.Add(calls, Falter("a", "db", "fsync", "error", "EIO"), Enumerable.Range(0, Steps).Select(s => (double?)(s <= 1000 ? s / 20 : 50 + Math.Ceiling(0.5 * (s - 1000)))));
        string Phoebe(string application, string code, string injected = "False") =>
            $"hostname=\"h\",application_name=\"{application}\",pid=\"7\",layer=\"os\",syscall_name=\"read\",error_code=\"{code}\",injected_on_purpose=\"{injected}\"";
        const string failed = "failed_syscalls_total", rate = "syscalls_failure_rate";
        series.Add(failed, Phoebe("hedwig", "SUCCESS"), Counter(3)).Add(failed, Phoebe("hedwig", "EAGAIN"), Counter(1));
        series.Add(failed, Phoebe("hedwig", "EIO", "True"), Enumerable.Range(0, Steps).Select(s => (double?)Math.Clamp(s - 10, 0, 10)));
        series.Add(rate, Phoebe("hedwig", "EAGAIN"), Enumerable.Range(0, Steps).Select(s => s is >= 2 and <= 200 && s % 2 == 0 ? (double?)0.25 : null));
        series.Add(failed, Phoebe("broken", "EAGAIN"), [1, 2, double.NaN, 4]);
        return series.Add(rate, Phoebe("above", "EAGAIN"), [0.5, 1.5]);
    }

    private async Task<JsonElement> ModelAsync(string process, string syscall, string[] window, params string[] more)
    {
        string? errno = more.Length % 2 == 1 ? more[0] : null;
        using JsonDocument document = await DocumentAsync([.. window, .. more[(more.Length % 2)..]]);
        return Find(document, process, syscall, errno).Clone();
    }

    private static JsonElement Find(JsonDocument document, string process, string syscall, string? errno = null) =>
        document.RootElement.GetProperty("models").EnumerateArray()
            .First(m => m.GetProperty("process").GetString() == process && m.GetProperty("syscall").GetString() == syscall && (errno is null || m.GetProperty("errno").GetString() == errno));

    private async Task<JsonDocument> DocumentAsync(string[] arguments) => JsonDocument.Parse((await RunAsync(arguments)).Output);

    private async Task<FalterResult> RunAsync(string[] arguments)
    {
        FalterResult result = await FalterProcess.RunAsync(["models", "--prometheus", Url, "--format", "json", .. arguments]);
        Assert.True(result.ExitCode == 0, result.ToString());
        return result;
    }

    private static string[] Window(int first, int last) => ["--start", Time(first), "--end", (StoredSeries.Start + TimeSpan.FromSeconds(last * StoredSeries.StepSeconds)).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)];

    private static string Between(int first, int last) => $"{Time(first)}..{Time(last)}";

    // RFC 3339 here, unix time for the window's end: both forms are read.
    private static string Time(int step) => (StoredSeries.Start + TimeSpan.FromSeconds(step * StoredSeries.StepSeconds)).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
