using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Falter.EndToEnd.Tests;

/// <summary>Metrics leave a running monitor by HTTP and by OTLP, as others read them.</summary>
public class ExportTests
{
    [Fact]
    public async Task A_scrape_tells_exact_counts_and_promtool_finds_nothing_to_complain_of()
    {
        Needs.Root();
        using var program = new WaitingProgram("getppid", "1000");
        using FalterProcess falter = FalterProcess.Start("monitor", "--listen", ":0", "--phoebe-names", "--format", "json", "-i", "50ms", "-p", program.Pid.ToString());
        string place = await Scrape.PlaceOfAsync(falter), metrics = "";
        Assert.True(await Shell.UntilAsync(() => (metrics = Scrape.MetricsAsync(place).GetAwaiter().GetResult()).Contains("errno=\"ENOENT\""), TimeSpan.FromSeconds(20)), metrics);
        // The three are of one reading, so they agree.
        double calls = Assert.Single(Scrape.Values(metrics, "falter_syscalls_total", "process=\"injected\"", "syscall=\"access\"", "outcome=\"error\"", "errno=\"ENOENT\"", "injected=\"false\""));
        Assert.Equal([calls], Scrape.Values(metrics, "falter_syscall_duration_seconds_count", "syscall=\"access\"", "outcome=\"error\""));
        Assert.Equal([calls], Scrape.Values(metrics, "failed_syscalls_total", "application_name=\"injected\"", "syscall_name=\"access\"", "error_code=\"ENOENT\"", "injected_on_purpose=\"False\"", "layer=\"os\"", "pid=\"None\""));
        Assert.Equal([1], Scrape.Values(metrics, "falter_syscall_errors_ratio", "syscall=\"access\""));
        Assert.Equal([0], Scrape.Values(metrics, "falter_events_lost_total"));
        Assert.DoesNotContain($"\"{program.Pid}\"", metrics);
        (int exitCode, string complaints) = Visualization.Promtool(metrics, "check", "metrics");
        Assert.True(exitCode == 0 && complaints.Length == 0, complaints);

        using HttpResponseMessage health = await Scrape.AskAsync(place, "/healthz"), nothing = await Scrape.AskAsync(place, "/nothing"), whole = await Scrape.AskAsync(place, "/metrics");
        Assert.Equal("ok\n", await health.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.NotFound, nothing.StatusCode);
        using HttpResponseMessage refused = await Scrape.SendAsync(place, "/metrics", HttpMethod.Delete), head = await Scrape.SendAsync(place, "/metrics", HttpMethod.Head);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, refused.StatusCode);
        Assert.True(head.Content.Headers.ContentLength > 1000 && (await head.Content.ReadAsByteArrayAsync()).Length == 0);
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", whole.Content.Headers.ContentType!.ToString());
        falter.Signal("INT");
        FalterResult result = await falter.EndAsync(TimeSpan.FromSeconds(15));
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.True(program.IsFree);
    }

    [Fact]
    public async Task An_error_rate_begins_with_the_error_and_ends_with_it_while_its_counter_stays()
    {
        Needs.Root();
        using var program = Process.Start(new ProcessStartInfo("python3", ["-c", "import os, sys\nfor line in sys.stdin:\n  try: os.rmdir('/no/such/folder')\n  except OSError: pass"])
        {
            RedirectStandardInput = true,
            UseShellExecute = false,
        })!;
        try
        {
            using FalterProcess falter = FalterProcess.Start("monitor", "--listen", "[::1]:0", "--format", "json", "-i", "300ms", "-p", program.Id.ToString());
            string place = await Scrape.PlaceOfAsync(falter);
            IReadOnlyList<double> Ratios() => Scrape.Values(Scrape.MetricsAsync(place).GetAwaiter().GetResult(), "falter_syscall_errors_ratio", "syscall=\"rmdir\"", "errno=\"ENOENT\"");
            Assert.Empty(Ratios());
            bool seen = await Shell.UntilAsync(() =>
            {
                program.StandardInput.WriteLine();
                program.StandardInput.Flush();
                return Ratios() is [1];
            }, TimeSpan.FromSeconds(30));
            Assert.True(seen, falter.Talk);
            Assert.True(await Shell.UntilAsync(() => Ratios().Count == 0, TimeSpan.FromSeconds(30)), "the rate of an error that is over is still told");
            Assert.True(Scrape.Values(await Scrape.MetricsAsync(place), "falter_syscalls_total", "syscall=\"rmdir\"", "errno=\"ENOENT\"") is [> 0]);
            falter.Signal("TERM");
            Assert.Equal(0, (await falter.EndAsync(TimeSpan.FromSeconds(15))).ExitCode);
        }
        finally
        {
            program.Kill();
        }
    }

    [Fact]
    public async Task What_falter_injects_is_told_apart_in_both_namings()
    {
        Needs.Root();
        using var program = new WaitingProgram("getppid", "1000");
        using FalterProcess falter = FalterProcess.Start("monitor", "--listen", ":0", "--phoebe-names", "--format", "json", "-i", "100ms", "-p", program.Pid.ToString());
        string place = await Scrape.PlaceOfAsync(falter), metrics = "";
        using FalterProcess inject = FalterProcess.Start("inject", "access:error=EIO:rate=50%", "-p", program.Pid.ToString());
        Assert.True(await Shell.UntilAsync(() => (metrics = Scrape.MetricsAsync(place).GetAwaiter().GetResult()).Contains("errno=\"EIO\""), TimeSpan.FromSeconds(30)), $"{metrics}\n{inject.Talk}");
        Assert.True(Scrape.Values(metrics, "falter_syscalls_total", "syscall=\"access\"", "errno=\"EIO\"", "injected=\"true\"") is [> 0], metrics);
        Assert.True(Scrape.Values(metrics, "failed_syscalls_total", "syscall_name=\"access\"", "error_code=\"EIO\"", "injected_on_purpose=\"True\"") is [> 0], metrics);
        Assert.Empty(Scrape.Values(metrics, "falter_syscalls_total", "errno=\"EIO\"", "injected=\"false\""));
        inject.Signal("INT");
        await inject.EndAsync(TimeSpan.FromSeconds(15));
        falter.Signal("INT");
        await falter.EndAsync(TimeSpan.FromSeconds(15));
        Assert.True(program.IsFree);
    }

    [Fact]
    public async Task Series_beyond_the_bound_are_counted_and_told_once()
    {
        Needs.Root();
        using var program = new WaitingProgram("getppid", "1000");
        using FalterProcess falter = FalterProcess.Start("monitor", "--listen", ":0", "--max-series", "1", "--format", "json", "-i", "50ms", "-p", program.Pid.ToString());
        string place = await Scrape.PlaceOfAsync(falter);
        Assert.True(await Shell.UntilAsync(() => Scrape.Values(Scrape.MetricsAsync(place).GetAwaiter().GetResult(), "falter_series_dropped_total") is [> 20], TimeSpan.FromSeconds(20)), falter.Talk);
        falter.Signal("INT");
        FalterResult result = await falter.EndAsync(TimeSpan.FromSeconds(15));
        Assert.Single(result.Talk.Split('\n'), l => l.Contains("[series-dropped]", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_port_that_is_taken_is_told_before_anything_is_begun()
    {
        Needs.Root();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;
        string folder = Path.Combine(Path.GetTempPath(), $"falter-test-never-{Guid.NewGuid():N}");
        foreach (string[] verb in new string[][] { ["monitor", "--record", folder], ["assess", "--check", "true", "-o", folder] })
        {
            FalterResult result = await FalterProcess.RunAsync([.. verb, "--listen", $":{port}", "--", "sh", "-c", "echo began >&2"]);
            Assert.True(result.ExitCode == 2, result.ToString());
            Assert.Contains($"--listen 127.0.0.1:{port}: another process has this port", result.Talk);
            Assert.Contains("[address-not-usable]", result.Talk);
            Assert.DoesNotContain("began", result.Talk);
            Assert.False(Directory.Exists(folder));
        }
    }

    [Fact]
    public async Task Whoever_serves_more_than_this_machine_is_warned()
    {
        Needs.Root();
        FalterResult result = await FalterProcess.RunAsync("monitor", "--listen", "0.0.0.0:0", "--", CProgram.Static());
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Contains("[metrics-exposed]", result.Talk);
    }

    [Theory]
    [InlineData(true, "/", "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export")]
    [InlineData(false, "/v1/metrics", "/v1/metrics")]
    [InlineData(false, "/api/v1/otlp/v1/metrics", "/api/v1/otlp/v1/metrics")]
    public async Task An_OpenTelemetry_receiver_is_sent_the_counts_at_the_end_at_the_latest(bool grpc, string path, string asked)
    {
        Needs.Root();
        await using OtlpReceiver receiver = await (grpc ? OtlpReceiver.GrpcAsync() : OtlpReceiver.HttpAsync());
        FalterResult result = await FalterProcess.RunAsync("monitor", "--otlp", $"http://127.0.0.1:{receiver.Port}{path}", "--format", "json", "--", CProgram.Static());
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.DoesNotContain("otlp-not-received", result.Talk);
        Assert.Equal([asked], receiver.Paths.Distinct());
        OtlpPoint[] last = receiver.LastPoints;
        Assert.Equal(7, Assert.Single(last, p => p.Is("falter.syscalls", "syscall=getppid", "outcome=success", "injected=false")).Value);
        Assert.Equal(5, Assert.Single(last, p => p.Is("falter.syscalls", "process=static", "syscall=close", "errno=EBADF")).Value);
        Assert.Equal(7, Assert.Single(last, p => p.Is("falter.syscall.duration.bucket", "syscall=getppid", "le=+Inf")).Value);
        Assert.True(Assert.Single(last, p => p.Is("falter.syscall.duration.sum", "syscall=getppid")).Value is > 0 and < 1);
        Assert.Contains(last, p => p.Is("falter.build.info"));
    }

    [Fact]
    public async Task A_receiver_that_takes_nothing_is_told_once_and_the_monitor_goes_on()
    {
        Needs.Root();
        // Whatever is no HTTP port is asked with gRPC, which begins with HTTP/2's preface.
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task<string> greeting = Task.Run(async () =>
        {
            using TcpClient client = await listener.AcceptTcpClientAsync();
            byte[] preface = new byte[14];
            await client.GetStream().ReadExactlyAsync(preface);
            return System.Text.Encoding.ASCII.GetString(preface);
        });
        FalterResult result = await FalterProcess.RunAsync("monitor", "--otlp", $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}", "--", CProgram.Static());
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal("PRI * HTTP/2.0", await greeting.WaitAsync(TimeSpan.FromSeconds(5)));
        Assert.Single(result.Talk.Split('\n'), l => l.Contains("[otlp-not-received]", StringComparison.Ordinal));
    }
}
