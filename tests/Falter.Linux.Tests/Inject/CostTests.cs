using System.Globalization;
using Falter.Inject;
using Falter.Linux.Launch;
using Falter.Linux.Seccomp;
using Falter.Records;

namespace Falter.Linux.Tests.Inject;

/// <summary>
/// What a call costs. The times go to the test's output and are not judged, because other work runs on the machine: the budgets (unselected 1.3 times bare,
/// selected 6 µs) are the benchmarks'.
/// </summary>
public sealed class CostTests(ITestOutputHelper output)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task What_calls_cost_is_told()
    {
        (double bare, double bareOther) = await Measure(null, null, 500_000);
        (double continued, double unselected) = await Measure("getppid", null, 50_000);
        (double injected, _) = await Measure("getppid", "getppid:error=EIO", 50_000);
        (double interruptible, _) = await Measure("getppid", "getppid:error=EIO", 50_000, waitKillable: false);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"bare {bare} ns, unselected {unselected} ns ({unselected / bareOther:0.00} x), selected and let through {continued} ns, injected {injected} ns; without WAIT_KILLABLE_RECV {interruptible} ns"));
        Assert.All([bare, bareOther, continued, unselected, injected, interruptible], nanoseconds => Assert.True(nanoseconds > 0));
    }

    [Fact]
    public async Task Deciding_and_answering_do_not_allocate()
    {
        using var folder = new TemporaryFolder();
        SeccompListener? listener = null;
        await using LaunchedProcess launched = Launcher.Launch(
            new LaunchOptions { Command = [Victims.Path("injected"), "getppid", "50000"], OutputFile = folder["out"] },
            stopped => listener = SeccompInstallation.Install(stopped, [Syscall.Named("getppid")]));
        using SeccompListener answered = listener!;
        (int calls, long allocated) = AnswerAll(answered, new ArmedRules(FaultRuleParser.Parse(["getppid:error=EIO:rate=50%"]), 1));
        Assert.Equal(50_000, calls);
        // The smallest object has 24 bytes; what remains is made once, when the target is gone.
        Assert.True(allocated < calls / 10, $"{allocated} bytes for {calls} calls");
        Assert.True((await launched.Exited.WaitAsync(s_limit)).IsSuccess);
    }

    /// <summary>What the injector's thread does, on this one. The bytes are those after the first call, at which the thread becomes known.</summary>
    private static (int Calls, long Allocated) AnswerAll(SeccompListener listener, ArmedRules rules)
    {
        seccomp_notif call = default;
        long start = 0;
        for (int calls = 0; ;)
        {
            switch (listener.Receive(ref call))
            {
                case Received.TargetGone:
                    return (calls, GC.GetAllocatedBytesForCurrentThread() - start);
                case Received.Call:
                    SyscallEffect? effect = rules.OnEntry((int)call.pid, (ulong)call.data.nr, call.data.Arguments).Effect;
                    rules.Answered((int)call.pid, effect?.Error is { } errno ? listener.Fail(call.id, errno) : listener.Continue(call.id));
                    if (++calls == 1) start = GC.GetAllocatedBytesForCurrentThread();
                    break;
            }
        }
    }

    /// <summary>The least of three runs: other work makes a run longer, never shorter.</summary>
    private static async Task<(double Getppid, double Getuid)> Measure(string? selected, string? rule, int calls, bool waitKillable = true)
    {
        var runs = new List<(double Getppid, double Getuid)>();
        for (int run = 0; run < 3; run++) runs.Add(await MeasureOnce(selected, rule, calls, waitKillable));
        return (runs.Min(r => r.Getppid), runs.Min(r => r.Getuid));
    }

    private static async Task<(double Getppid, double Getuid)> MeasureOnce(string? selected, string? rule, int calls, bool waitKillable)
    {
        using var folder = new TemporaryFolder();
        using SeccompInjector? injector = selected is null ? null : SeccompInjector.Prepare(new HashSet<Syscall> { Syscall.Named(selected) }, InjectionRun.Keeper, waitKillable);
        if (rule is not null) injector!.Arm(FaultRuleParser.Parse([rule]), 1);
        var options = new LaunchOptions { Command = [Victims.Path("injected"), "time", $"{calls}"], OutputFile = folder["out"] };
        await using LaunchedProcess launched = injector is null ? Launcher.Launch(options) : Launcher.Launch(options, injector.AtExec);
        Assert.True((await launched.Exited.WaitAsync(s_limit)).IsSuccess);
        double[] figures = [.. (await File.ReadAllLinesAsync(folder["out"])).Select(l => double.Parse(l.Split(' ')[1], CultureInfo.InvariantCulture))];
        return (figures[0], figures[1]);
    }
}
