using System.Diagnostics;
using Falter.Experiment;
using Falter.Records;

namespace Falter.Tests.Experiment.Checks;

/// <summary>Queries to a real Prometheus, which holds nothing but what its rules compute.</summary>
public sealed class PrometheusServerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("falter-test-prometheus-").FullName;

    [Fact]
    public async Task Real_answers_are_understood()
    {
        if (!File.Exists("/usr/bin/prometheus")) Assert.Skip("prometheus is not installed; eng/prerequisites installs it");
        string address = AnsweringServer.ClosedAddress(), configuration = Path.Combine(_folder, "prometheus.yml");
        await File.WriteAllTextAsync(configuration, "scrape_configs: []\n", TestContext.Current.CancellationToken);
        using Process server = Process.Start(new ProcessStartInfo("/usr/bin/prometheus",
            [$"--config.file={configuration}", $"--storage.tsdb.path={_folder}/data", $"--web.listen-address={address}", "--log.level=error"]))!;
        try
        {
            string url = $"http://{address}";
            for (long end = Environment.TickCount64 + 60_000; !(await Given.ProbeAsync(Given.Http($"{url}/-/ready"))).Passed; await Task.Delay(20, TestContext.Current.CancellationToken))
            {
                Assert.True(Environment.TickCount64 < end && !server.HasExited, "prometheus did not become ready");
            }
            Tolerance small = new(0, 10);
            Assert.Equal(new ProbeResult(Passed: true, Answered: true, "3.5", 3.5), await Given.ProbeAsync(Given.Prometheus(url, "scalar(vector(3.5))", small)));
            Assert.Equal(new ProbeResult(Passed: true, Answered: true, "2", 2), await Given.ProbeAsync(Given.Prometheus(url, "vector(2)", small)));
            Assert.Equal(new ProbeResult(Passed: false, Answered: true, "20; expected from 0 to 10", 20), await Given.ProbeAsync(Given.Prometheus(url, "vector(20)", small)));
            Assert.Equal("+Inf", (await Given.ProbeAsync(Given.Prometheus(url, "vector(1) / 0", small))).Detail);
            Assert.Equal("the query has no sample", (await Given.ProbeAsync(Given.Prometheus(url, "up", small))).Detail);
            Assert.StartsWith("the query has 2 samples", (await Given.ProbeAsync(Given.Prometheus(url, "label_replace(vector(1), \"a\", \"b\", \"\", \"\") or vector(1)", small))).Detail);
            Assert.Equal("the query gives a string; expected a scalar or a vector of one sample", (await Given.ProbeAsync(Given.Prometheus(url, "\"text\"", small))).Detail);
            Assert.StartsWith("Prometheus refused the query: ", (await Given.ProbeAsync(Given.Prometheus(url, "rate(", small))).Detail);
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync(CancellationToken.None);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
