using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Diagnostics.Tracing;
using Falter.Experiment;
using Falter.Linux.Proc;
using Falter.Records;

namespace Falter.Tests.Experiment.Checks;

/// <summary>Figures of language runtimes, of real ones: this .NET process, and a JVM.</summary>
public class RuntimeCheckTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("System.Runtime/working-set", 10, 1e6)]
    [InlineData("System.Runtime/cpu-usage", 0, 100)]
    [InlineData("System.Runtime/dotnet.process.memory.working_set", 10e6, 1e12)]
    [InlineData("System.Runtime/dotnet.gc.heap.total_allocated", 0, 1e12)]
    [InlineData("System.Runtime/dotnet.thread_pool.thread.count", 0, 10_000)]
    public async Task Counters_and_meters_of_the_runtime(string counter, double least, double most)
    {
        ProbeResult result = await Given.ProbeAsync(Given.Runtime(counter, new(least, most)) with { Timeout = s_patience }, Given.Role(Environment.ProcessId));
        Assert.True(result is { Passed: true, Answered: true, Value: not null }, result.Detail);
    }

    [Fact]
    public async Task Meters_and_event_counters_of_the_program_itself()
    {
        using var meter = new Meter("Falter.Tests.Figures");
        int asked = 0;
        // Grows by 700 between two readings, one second apart, in two series.
        meter.CreateObservableCounter("growing", () => new Measurement<long>[] { new(500 * ++asked, new KeyValuePair<string, object?>("kind", "a")), new(200 * asked, new KeyValuePair<string, object?>("kind", "b")) });
        meter.CreateObservableGauge("standing", () => new Measurement<double>[] { new(7), new(12.5, new KeyValuePair<string, object?>("kind", "b")) });
        using var source = new EventSource("Falter-Tests-Figures");
        using var polling = new PollingCounter("polled", source, () => 42.5);
        Task<double> NextAsync(string counter, Func<double, bool> until) => FirstAsync(counter, until);
        Assert.Equal(700, await NextAsync("Falter.Tests.Figures/growing", v => v > 0), 1);
        Assert.Equal(12.5, await NextAsync("Falter.Tests.Figures/standing", _ => true));
        Assert.Equal(42.5, await NextAsync("Falter-Tests-Figures/polled", _ => true));
    }

    [Fact]
    public async Task What_is_not_offered_is_said()
    {
        ProbeResult unknown = await Given.ProbeAsync(Given.Runtime("System.Runtime/no-such-counter") with { Timeout = TimeSpan.FromSeconds(5) }, Given.Role(Environment.ProcessId));
        Assert.Equal((false, true), (unknown.Passed, unknown.Answered));
        Assert.Contains("no figure System.Runtime/no-such-counter within 5s", unknown.Detail);
        using Process sleep = Process.Start("sleep", "60");
        Assert.StartsWith("web offers no diagnostics socket", (await Given.ProbeAsync(Given.Runtime("System.Runtime/cpu-usage"), Given.Role(sleep.Id))).Detail);
        Assert.StartsWith("web offers no performance counters", (await Given.ProbeAsync(Given.Runtime("java.threads.live"), Given.Role(sleep.Id))).Detail);
        Assert.Equal("web does not run", (await Given.ProbeAsync(Given.Runtime("java.threads.live"), Given.Role())).Detail);
        sleep.Kill();
    }

    [Fact]
    public async Task A_session_leaves_nothing_behind_in_the_process()
    {
        ICheck check = Falter.Experiment.Checks.Of(Given.Runtime("System.Runtime/cpu-usage") with { Timeout = s_patience }, _ => Given.Role(Environment.ProcessId));
        Assert.True((await check.ProbeAsync(TestContext.Current.CancellationToken)).Passed);
        await Falter.Experiment.Checks.EndAsync([check]);
        ProbeResult after = await check.ProbeAsync(TestContext.Current.CancellationToken);
        Assert.False(after.Passed);
    }

    [Fact]
    public async Task Counters_of_a_real_jvm()
    {
        if (!File.Exists("/usr/bin/java") || !File.Exists("/usr/bin/javac")) Assert.Skip("there is no java with a compiler (openjdk-17-jdk-headless)");
        string folder = Directory.CreateTempSubdirectory("falter-test-java-").FullName;
        using Process jvm = StartJvm(folder);
        try
        {
            Assert.Equal("ready", await jvm.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
            RoleState role = Given.Role(jvm.Id);
            ProbeResult threads = await Given.ProbeAsync(Given.Runtime("java.threads.live", new(5, 500)), role);
            Assert.True(threads.Passed, threads.Detail);
            ICheck growing = Falter.Experiment.Checks.Of(Given.Runtime("sun.gc.collector.1.invocations"), _ => role);
            Assert.Equal("first look", (await growing.ProbeAsync(TestContext.Current.CancellationToken)).Detail);
            jvm.StandardInput.WriteLine("collect");
            Assert.Equal("collected", await jvm.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
            ProbeResult collections = await growing.ProbeAsync(TestContext.Current.CancellationToken);
            Assert.True(collections.Value > 0, collections.Detail);
            ProbeResult time = await Given.ProbeAsync(Given.Runtime("sun.gc.collector.0.tim"), role);
            Assert.Equal((false, true), (time.Passed, time.Detail.Contains("sun.gc.collector.0.time", StringComparison.Ordinal)));
            byte[] memory = JvmFigure.Memory(RuntimeFiles.JvmCounters(jvm.Id)!)!;
            Assert.True(JvmCounters.TryRead(memory, out IReadOnlyDictionary<string, JvmCounter>? counters, out _));
            Assert.True(counters.Count > 100);
            Mutations.Each(memory, 2000, 5, text => JvmCounters.TryRead(text, out _, out _));
        }
        finally
        {
            jvm.Kill();
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_memory_of_performance_counters_is_read_in_both_byte_orders_and_never_throws(bool little)
    {
        byte[] memory = PerformanceMemory.Make(little, ("java.threads.live", 17, 1, 3), ("sun.gc.collector.0.time", 123456789012, 3, 2));
        Assert.True(JvmCounters.TryRead(memory, out IReadOnlyDictionary<string, JvmCounter>? counters, out _));
        Assert.Equal(new JvmCounter(17, 1, Grows: false), counters["java.threads.live"]);
        Assert.Equal(new JvmCounter(123456789012, 3, Grows: true), counters["sun.gc.collector.0.time"]);
        Mutations.Each(memory, 20_000, 7, text => JvmCounters.TryRead(text, out _, out _));
        Assert.False(JvmCounters.TryRead("no"u8, out _, out string problem));
        Assert.Contains("does not begin", problem);
        memory[7] = 0;
        Assert.False(JvmCounters.TryRead(memory, out _, out problem));
        Assert.Contains("not yet", problem);
    }

    /// <summary>Probes until a figure is as wanted: the first one of a counter may be of a shorter time.</summary>
    private static async Task<double> FirstAsync(string counter, Func<double, bool> until)
    {
        ICheck check = Falter.Experiment.Checks.Of(Given.Runtime(counter) with { Timeout = s_patience }, _ => Given.Role(Environment.ProcessId));
        try
        {
            for (int probe = 0; probe < 10; probe++)
            {
                ProbeResult result = await check.ProbeAsync(TestContext.Current.CancellationToken);
                Assert.True(result.Passed, result.Detail);
                if (until(result.Value!.Value)) return result.Value.Value;
            }
            throw new InvalidOperationException("no such figure in ten");
        }
        finally
        {
            await Falter.Experiment.Checks.EndAsync([check]);
        }
    }

    private static Process StartJvm(string folder)
    {
        const string program = """
            public class Collects {
                public static void main(String[] a) throws Exception {
                    var in = new java.io.BufferedReader(new java.io.InputStreamReader(System.in));
                    System.out.println("ready");
                    while (in.readLine() != null) { System.gc(); System.out.println("collected"); }
                }
            }
            """;
        string file = Path.Combine(folder, "Collects.java");
        File.WriteAllText(file, program);
        return Process.Start(new ProcessStartInfo("java", ["-XX:+UseSerialGC", "-XX:+ExplicitGCInvokesConcurrent", file]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false })!;
    }
}
