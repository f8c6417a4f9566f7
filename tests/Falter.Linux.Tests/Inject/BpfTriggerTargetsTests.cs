using System.Diagnostics;
using System.Globalization;
using Falter.Inject;
using Falter.Linux.Launch;
using Falter.Records;

namespace Falter.Linux.Tests.Inject;

/// <summary>Real programs that run while their calls are failed afterwards, and the death of the injector.</summary>
public sealed class BpfTriggerTargetsTests
{
    private const string HostPid = "FALTER_TEST_TARGET", HostReady = "FALTER_TEST_READY";
    private const int Rounds = 10;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan s_allowance = TimeSpan.FromSeconds(1);

    private static SyscallFault Fail(string call, short errno, double rate) => new()
    {
        Syscalls = [Syscall.Named(call)],
        Effect = new SyscallEffect { Error = new Errno(errno) },
        Condition = new CallCondition { Rate = rate },
        Phase = FaultPhase.After,
    };

    /// <summary>The waits of glibc and the JVM (include/uapi/linux/futex.h), which take EINTR for a wake-up without a reason; a failed FUTEX_WAKE would end the process.</summary>
    private static IEnumerable<SyscallFault> FutexWaits(double rate)
    {
        const ulong FUTEX_WAIT_PRIVATE = 128, FUTEX_WAIT_BITSET_PRIVATE = 137, FUTEX_WAIT_BITSET_REALTIME = 393;
        foreach (ulong operation in (ulong[])[FUTEX_WAIT_PRIVATE, FUTEX_WAIT_BITSET_PRIVATE, FUTEX_WAIT_BITSET_REALTIME])
        {
            yield return Fail("futex", 4, rate) with { Where = new CallPredicates { Arguments = [new ArgumentPredicate(1, Comparison.Equal, operation)] } };
        }
    }

    private static void RequireHere(params string[] programs)
    {
        if (BpfTriggerSupport.WhyNot() is { } reason) Assert.Skip(reason);
        foreach (string program in programs)
        {
            if (!Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(f => File.Exists(Path.Combine(f, program)))) Assert.Skip($"{program} is not installed");
        }
    }

    private static string Program(string name) => Path.Combine(Victims.Repository, "tests", "programs", name);

    /// <summary>Runs a program that says "waiting" and begins when the file GO exists; the rules are armed in between.</summary>
    private static async Task<(string Output, InjectionCounts[] Counts)> Run(SyscallFault[] rules, params string[] command)
    {
        using var folder = new TemporaryFolder();
        await using LaunchedProcess launched = Launcher.Launch(new LaunchOptions
        {
            Command = command,
            OutputFile = folder["out"],
            Environment = new Dictionary<string, string?>(StringComparer.Ordinal) { ["GO"] = folder["go"] },
        });
        await Until(() => launched.Exited.IsCompleted || File.ReadAllText(folder["out"]).Contains("waiting", StringComparison.Ordinal));
        using var injector = BpfTriggerInjector.Attach([launched.Pid]);
        injector.Arm(rules, 20_261_121);
        await File.WriteAllTextAsync(folder["go"], "");
        ExitStatus status = await launched.Exited.WaitAsync(s_limit);
        Assert.True(status.IsSuccess, $"{status}: {await File.ReadAllTextAsync(folder["out"])}");
        injector.Disarm();
        return (await File.ReadAllTextAsync(folder["out"]), [.. injector.Counts]);
    }

    private static async Task Until(Func<bool> holds)
    {
        for (var watch = Stopwatch.StartNew(); !holds(); await Task.Delay(5)) Assert.True(watch.Elapsed < s_limit, "not in time");
    }

    [Fact]
    public async Task A_jvm_whose_waits_are_failed_loses_nothing()
    {
        RequireHere("java");
        const int items = 3000;
        (string output, InjectionCounts[] counts) = await Run([.. FutexWaits(0.3), Fail("sched_yield", 38, 0.5)], "java", "-Xmx64m", "-XX:TieredStopAtLevel=1", Program("Waits.java"), $"{items}");
        Assert.Contains($"sum {4L * items * (items + 1) / 2}\n", output);
        Assert.True(counts.Sum(c => c.Injected) > 100, string.Join(' ', counts));
    }

    [Fact]
    public async Task A_python_program_with_threads_and_children_loses_nothing_and_leaks_no_descriptor()
    {
        RequireHere("python3");
        const int items = 400;
        // Not in the children: the loader of shared libraries does not try again.
        SyscallFault opens = Fail("openat", 4, 0.3) with { Where = new CallPredicates { Processes = [new Glob("python*")] } };
        (string output, InjectionCounts[] counts) = await Run([.. FutexWaits(0.3), opens], "python3", Program("waits.py"), $"{items}");
        Assert.Contains($"sum {3L * items * (items + 1) / 2}\n", output);
        Assert.True(counts[3].Injected > 100, string.Join(' ', counts));
        int open = int.Parse(output[(output.IndexOf("open ", StringComparison.Ordinal) + 5)..].Trim(), CultureInfo.InvariantCulture);
        Assert.InRange(open, 3, 8);
    }

    [Fact]
    public async Task A_redis_server_under_load_answers_every_request()
    {
        RequireHere("redis-server", "redis-benchmark");
        using var folder = new TemporaryFolder();
        string socket = folder["redis.sock"];
        await using LaunchedProcess redis = Launcher.Launch(new LaunchOptions
        {
            Command = ["redis-server", "--port", "0", "--unixsocket", socket, "--save", "", "--dir", Path.GetDirectoryName(socket)!],
            OutputFile = folder["out"],
        });
        await Until(() => File.Exists(socket));
        using var injector = BpfTriggerInjector.Attach([redis.Pid]);
        SyscallFault held = Fail("read", 1, 0.002) with { Effect = new SyscallEffect { DelayExit = new Delay(TimeSpan.FromMilliseconds(1), TimeSpan.Zero) } };
        // Its event loop takes a failed epoll_wait for one without events, and asks again.
        injector.Arm([held, Fail("epoll_wait", 4, 0.2)], 1);
        await using LaunchedProcess load = Launcher.Launch(new LaunchOptions { Command = ["redis-benchmark", "-s", socket, "-c", "10", "-n", "20000", "-t", "set,get", "-q"], OutputFile = folder["load"] });
        Assert.True((await load.Exited.WaitAsync(s_limit)).IsSuccess, await File.ReadAllTextAsync(folder["load"]));
        injector.Disarm();
        Assert.All(injector.Counts, c => Assert.True(c.Injected > 10, $"{c}"));
        injector.Dispose();
        AssertRuns(redis.Pid);
        Assert.Equal("PONG", Victims.Run("redis-cli", "-s", socket, "ping").Trim());
        await redis.StopAsync(s_limit);
    }

    [Fact]
    public async Task Only_the_target_is_failed()
    {
        RequireHere();
        using var folder = new TemporaryFolder();
        await using LaunchedProcess bystander = Launcher.Launch(new LaunchOptions { Command = [Victims.Path("busy"), "2"], OutputFile = folder["bystander"] });
        await using LaunchedProcess target = Launcher.Launch(new LaunchOptions { Command = [Victims.Path("busy"), "2"], OutputFile = folder["target"] });
        using var injector = BpfTriggerInjector.Attach([target.Pid]);
        injector.Arm([Fail("getppid", 5, 1)], 1);
        await Until(() => injector.Counts[0].Injected > 2000);
        injector.Disarm();
        InjectionCounts counts = injector.Counts[0];
        Assert.Equal(counts.Matched, counts.Injected);
        injector.Dispose();
        target.Signal(15);
        bystander.Signal(15);
        Assert.True((await bystander.Exited.WaitAsync(s_limit)).IsSuccess);
        Assert.True((await target.Exited.WaitAsync(s_limit)).IsSuccess);
        string output = await File.ReadAllTextAsync(folder["bystander"]);
        Assert.Contains("calls ", output);
        Assert.DoesNotContain("errno", output);
    }

    [Fact]
    public async Task The_target_goes_on_when_the_injector_is_killed()
    {
        RequireHere();
        var moments = new Random(20_261_123);
        for (int round = 0; round < Rounds; round++)
        {
            using var folder = new TemporaryFolder();
            await using LaunchedProcess target = Launcher.Launch(new LaunchOptions { Command = [Victims.Path("busy"), "4"], OutputFile = folder["out"] });
            using Process host = StartHost(target.Pid, folder["ready"]);
            await Until(() => File.Exists(folder["ready"]) || host.HasExited);
            await Task.Delay(moments.Next(1, 100));
            Assert.False(host.HasExited);
            host.Kill();
            long killed = Stopwatch.GetTimestamp();
            await host.WaitForExitAsync();
            await Task.Delay(s_allowance);
            AssertRuns(target.Pid);
            await Task.Delay(50);
            target.Signal(15);
            Assert.True((await target.Exited.WaitAsync(s_limit)).IsSuccess);
            Judge(await File.ReadAllLinesAsync(folder["out"]), killed + (long)s_allowance.TotalNanoseconds);
        }
    }

    /// <summary>Not a test: what <see cref="The_target_goes_on_when_the_injector_is_killed"/> starts this very program for.</summary>
    [Fact(Explicit = true)]
    public async Task Host_of_an_injector_that_is_killed()
    {
        if (Environment.GetEnvironmentVariable(HostPid) is not { } pid) return;
        using var injector = BpfTriggerInjector.Attach([int.Parse(pid, CultureInfo.InvariantCulture)]);
        injector.Arm([Fail("getppid", 5, 0.5), Fail("read", 5, 0.5), Fail("openat", 5, 0.5)], 1);
        await Until(() => injector.Counts[0].Injected > 100);
        await File.WriteAllTextAsync(Environment.GetEnvironmentVariable(HostReady)!, "");
        await Task.Delay(s_limit);
    }

    private static Process StartHost(int pid, string ready)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Falter.Linux.Tests"),
            ["-explicit", "only", "-method", $"{typeof(BpfTriggerTargetsTests).FullName}.{nameof(Host_of_an_injector_that_is_killed)}"]) { RedirectStandardOutput = true, UseShellExecute = false };
        start.Environment[HostPid] = pid.ToString(CultureInfo.InvariantCulture);
        start.Environment[HostReady] = ready;
        return Process.Start(start)!;
    }

    /// <summary>Only injected errors, none of them later than allowed, and calls until the end. .NET's Stopwatch and the program read the same clock.</summary>
    private static void Judge(string[] lines, long lastAllowed)
    {
        string[] errors = Assert.Single(lines, l => l.StartsWith("errno", StringComparison.Ordinal)).Split(' ');
        Assert.Equal("5", errors[1]);
        Assert.True(long.Parse(errors[5], CultureInfo.InvariantCulture) < lastAllowed, string.Join('\n', lines));
        string[] calls = Assert.Single(lines, l => l.StartsWith("calls", StringComparison.Ordinal)).Split(' ');
        Assert.True(long.Parse(calls[5], CultureInfo.InvariantCulture) > lastAllowed, string.Join('\n', lines));
    }

    /// <summary>Nobody traces it, and none of its threads is stopped.</summary>
    private static void AssertRuns(int pid)
    {
        Assert.Contains("TracerPid:\t0\n", File.ReadAllText($"/proc/{pid}/status"));
        foreach (string thread in Directory.GetDirectories($"/proc/{pid}/task"))
        {
            string stat = File.ReadAllText($"{thread}/stat");
            Assert.DoesNotContain(stat[stat.LastIndexOf(')') + 2], "tT");
        }
    }
}
