using System.Globalization;
using Falter.Inject;
using Falter.Linux.Launch;
using Falter.Records;

namespace Falter.Linux.Tests.Inject;

/// <summary>
/// What a call costs. The figures go to the test's output; the limits here are loose, because other work runs on the machine: the budgets
/// themselves (unselected 1.3 times bare, selected 6 µs) are the benchmarks'.
/// </summary>
public sealed class CostTests(ITestOutputHelper output)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task Selected_calls_cost_microseconds_and_all_others_almost_nothing()
    {
        (double bare, double bareOther) = await Measure(null, null, 2_000_000);
        (double continued, double unselected) = await Measure("getppid", null, 200_000);
        (double injected, _) = await Measure("getppid", "getppid:error=EIO", 200_000);
        (double interruptible, _) = await Measure("getppid", "getppid:error=EIO", 200_000, waitKillable: false);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"bare {bare} ns, unselected {unselected} ns ({unselected / bareOther:0.00} x), selected and let through {continued} ns, injected {injected} ns; without WAIT_KILLABLE_RECV {interruptible} ns"));
        Assert.True(continued < 60_000, $"{continued} ns");
        Assert.True(injected < 60_000, $"{injected} ns");
        Assert.True(unselected < 3 * bareOther, $"{unselected} of {bareOther} ns");
    }

    [Fact]
    public async Task Answering_does_not_allocate()
    {
        await Measure("getppid", "getppid:error=EIO:rate=50%", 50_000);
        long before = GC.GetTotalAllocatedBytes(precise: true);
        await Measure("getppid", "getppid:error=EIO:rate=50%", 10);
        long fixedCost = GC.GetTotalAllocatedBytes(precise: true) - before;
        before = GC.GetTotalAllocatedBytes(precise: true);
        await Measure("getppid", "getppid:error=EIO:rate=50%", 200_000);
        long moreCalls = GC.GetTotalAllocatedBytes(precise: true) - before;
        // One byte a call would be 200 000. What else the process does meanwhile allocates too.
        Assert.True(moreCalls - fixedCost < 150_000, $"{moreCalls} against {fixedCost} bytes");
    }

    private static async Task<(double Getppid, double Getuid)> Measure(string? selected, string? rule, int calls, bool waitKillable = true)
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
