using System.Diagnostics;
using System.Globalization;
using Falter.Inject;
using Falter.Linux.Cgroup;
using Falter.Linux.Features;
using Falter.Linux.Proc;
using Falter.Linux.Tests.Cgroup;
using Falter.Linux.Undo;
using Falter.Records;

namespace Falter.Linux.Tests.Inject;

/// <summary>Each process fault does what it says to real processes, and leaves them as they were.</summary>
public sealed class ProcessFaultTests : IDisposable
{
    private static readonly ProcessFault s_pause = new() { Action = ProcessAction.Pause };
    private readonly UndoJournal _journal;

    public ProcessFaultTests()
    {
        if (FeatureCatalogue.Root.WhyNot() is { } reason) Assert.Skip(reason);
        _journal = UndoJournal.Open(InjectionRun.Keeper);
    }

    public void Dispose()
    {
        Assert.Empty(_journal.Left);
        _journal.Dispose();
        Assert.False(File.Exists(_journal.Path));
        Assert.Null(ProcessStat.Read(_journal.KeeperPid));
    }

    [Fact]
    public async Task A_pause_of_a_running_target_stops_every_process_and_continues_it()
    {
        using var tree = new ProcessTree(3);
        string before = tree.Condition;
        await using (IArmedFault armed = await Arm(s_pause, tree.Running))
        {
            Assert.Equal("sigstop", armed.Mechanism);
            Assert.Equal(4, armed.Injected);
            tree.AssertStandsStill();
            Assert.All(tree.Processes, p => Assert.True(p.IsStopped));
        }
        tree.AssertRuns(0, 1, 2, 3);
        Assert.Equal(before, tree.Condition);
    }

    [Fact]
    public async Task A_process_that_was_stopped_before_stays_stopped()
    {
        using var tree = new ProcessTree(2);
        ProcessStat worker = tree.Processes.Single(p => p.Name == "worker-2");
        ProcessSignal.Send(worker.Pid, worker.StartTicks, 19);
        Assert.True(SpinWait.SpinUntil(() => ProcessStat.Read(worker.Pid)!.IsStopped, 10_000));
        Assert.Contains(ProcessFaults.Plan(s_pause, tree.Running).Notes, n => n.Contains($"process {worker.Pid} (worker-2) is stopped already", StringComparison.Ordinal));
        await using (IArmedFault armed = await Arm(s_pause, tree.Running)) Assert.Equal(2, armed.Injected);
        tree.AssertRuns(0, 1);
        Assert.True(ProcessStat.Read(worker.Pid)!.IsStopped);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_target_that_makes_processes_without_pause_is_caught_whole(bool launched)
    {
        using var tree = new ProcessTree(1);
        tree.Tell("storm");
        for (int round = 0; round < 10; round++)
        {
            await using (await Arm(s_pause, launched ? tree.Launched : tree.Running)) tree.AssertStandsStill();
            tree.AssertRuns(0, 1, 2);
        }
    }

    [Fact]
    public async Task A_launched_target_is_frozen_in_a_group_made_for_it_and_moved_back()
    {
        if (FeatureCatalogue.CgroupFreezer.WhyNot() is { } reason) Assert.Skip(reason);
        using var tree = new ProcessTree(3);
        string before = tree.Condition, folder;
        await using (IArmedFault armed = await Arm(s_pause, tree.Launched))
        {
            Assert.Equal("freezer", armed.Mechanism);
            Assert.Equal(4, armed.Injected);
            folder = ControlGroup.OfProcess(tree.Pid)!.Folder;
            Assert.StartsWith($"falter-{Environment.ProcessId}-", Path.GetFileName(folder));
            tree.AssertStandsStill();
            Assert.All(tree.Processes, p => Assert.False(p.IsStopped));
        }
        Assert.False(Directory.Exists(folder));
        tree.AssertRuns(0, 1, 2, 3);
        Assert.Equal(before, tree.Condition);
    }

    [Theory]
    [InlineData(ControlGroupHierarchy.Unified)]
    [InlineData(ControlGroupHierarchy.Freezer)]
    public async Task A_target_alone_in_its_group_is_frozen_with_it_and_one_with_a_neighbour_is_not(ControlGroupHierarchy hierarchy)
    {
        using TemporaryGroup group = TemporaryGroup.Make(hierarchy);
        using var tree = new ProcessTree(1);
        foreach (ProcessStat process in tree.Processes) group.Take(process.Pid);
        string before = tree.Condition;
        await using (IArmedFault armed = await Arm(s_pause, tree.Running))
        {
            Assert.Equal("freezer", armed.Mechanism);
            tree.AssertStandsStill();
            Assert.True(new GroupFreezer(group.Group.Folder).IsFrozen);
        }
        tree.AssertRuns(0, 1);
        Assert.Equal(before, tree.Condition);
        Assert.False(new GroupFreezer(group.Group.Folder).IsFrozen);
        using var neighbour = new ProcessTree(0);
        group.Take(neighbour.Pid);
        await using (IArmedFault armed = await Arm(s_pause, tree.Running))
        {
            Assert.Equal("sigstop", armed.Mechanism);
            neighbour.AssertRuns(0);
        }
        tree.AssertRuns(0, 1);
    }

    [Fact]
    public async Task A_signal_goes_to_the_processes_that_are_named()
    {
        using var tree = new ProcessTree(3);
        var fault = new ProcessFault { Action = ProcessAction.Signal, Signal = new Signal(9), Processes = [new Glob("worker-[12]")] };
        await using IArmedFault armed = await Arm(fault, tree.Running);
        Assert.Equal(2, armed.Injected);
        Assert.True(SpinWait.SpinUntil(() => tree.Processes.Count == 2, 10_000));
        tree.AssertRuns(0, 3);
        fault = fault with { Processes = [new Glob("nginx*")] };
        FalterException refused = await Assert.ThrowsAsync<FalterException>(() => Arm(fault, tree.Running));
        Assert.Equal($"{fault}: no process of the target is named nginx*; its processes are named tree, worker-3 [target-not-found]", refused.Message);
    }

    [Fact]
    public async Task A_signal_that_stops_is_undone()
    {
        using var tree = new ProcessTree(1);
        await using (await Arm(new ProcessFault { Action = ProcessAction.Signal, Signal = new Signal(20) }, tree.Running))
        {
            Assert.True(SpinWait.SpinUntil(() => tree.Processes.All(p => p.IsStopped), 10_000));
        }
        tree.AssertRuns(0, 1);
    }

    [Fact]
    public async Task A_target_with_a_share_of_a_processor_uses_no_more_of_it()
    {
        if (ControlGroup.HierarchyWith("cpu") is null) Assert.Skip("no hierarchy of control groups has the cpu controller");
        using var tree = new ProcessTree(2, "spin");
        string before = tree.Condition;
        await using (IArmedFault armed = await Arm(new ProcessFault { Action = ProcessAction.Cpu, Cpus = 0.2 }, tree.Running))
        {
            Assert.Equal("cgroup", armed.Mechanism);
            Assert.StartsWith("forked ", tree.Tell("fork"));
            long ticks = tree.ProcessorTicks;
            var watch = Stopwatch.StartNew();
            Assert.True(SpinWait.SpinUntil(() => armed.Injected >= 10, 60_000), "the limit was never met");
            // USER_HZ is 100. One period's share may be used at either end of the window.
            Assert.InRange((tree.ProcessorTicks - ticks) / 100.0, 0, (0.2 * watch.Elapsed.TotalSeconds * 1.25) + 0.1);
        }
        tree.AssertRuns(0, 1, 2, 3);
        Assert.Equal(before, string.Join('\n', tree.Condition.Split('\n').Take(before.Split('\n').Length)));
    }

    [Fact]
    public async Task The_limit_of_a_group_of_ones_own_is_written_back_as_it_was()
    {
        if (ControlGroup.HierarchyWith("cpu") != ControlGroupHierarchy.Cpu) Assert.Skip("the cpu controller is not in a hierarchy of version 1");
        using TemporaryGroup group = TemporaryGroup.Make(ControlGroupHierarchy.Cpu);
        using var tree = new ProcessTree(1);
        foreach (ProcessStat process in tree.Processes) group.Take(process.Pid);
        GroupFile.Write(group.Group.Folder, "cpu.cfs_quota_us", "150000");
        string before = tree.Condition;
        var fault = new ProcessFault { Action = ProcessAction.Cpu, Cpus = 0.5 };
        await using (await Arm(fault, tree.Running)) Assert.Equal("50000", GroupFile.Read(group.Group.Folder, "cpu.cfs_quota_us"));
        Assert.Equal("150000", GroupFile.Read(group.Group.Folder, "cpu.cfs_quota_us"));
        Assert.Equal(before, tree.Condition);
        FalterException refused = await Assert.ThrowsAsync<FalterException>(() => Arm(fault with { Cpus = 1.5 }, tree.Running));
        Assert.Contains("limited to as much or less already", refused.Message, StringComparison.Ordinal);
        refused = await Assert.ThrowsAsync<FalterException>(() => Arm(fault with { Cpus = 0.001 }, tree.Running));
        Assert.Contains("the least is cpu=1%", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Memory_beyond_the_limit_is_not_had()
    {
        if (ControlGroup.HierarchyWith("memory") is null) Assert.Skip("no hierarchy of control groups has the memory controller");
        using var tree = new ProcessTree(1);
        string before = tree.Condition;
        await using (IArmedFault armed = await Arm(new ProcessFault { Action = ProcessAction.Memory, MemoryBytes = 16 << 20 }, tree.Running))
        {
            string eaten = tree.Tell("eat 64");
            // With swap the kernel may find room for all of it.
            if (!File.ReadLines("/proc/meminfo").Any(l => l.StartsWith("SwapTotal:", StringComparison.Ordinal) && !l.EndsWith(" 0 kB", StringComparison.Ordinal))) Assert.Equal("eaten signal 9", eaten);
            Assert.True(armed.Injected > 0);
        }
        Assert.Equal("eaten exit 0", tree.Tell("eat 64"));
        tree.AssertRuns(0, 1);
        Assert.Equal(before, tree.Condition);
    }

    [Fact]
    public async Task What_is_never_touched_is_refused()
    {
        foreach ((int pid, string told) in new[] { (1, "keeps the whole system up"), (Environment.ProcessId, "that is Falter itself"), (Environment.ProcessId, "[target-refused]") })
        {
            FalterException refused = await Assert.ThrowsAsync<FalterException>(() => Arm(s_pause, new TargetTree([pid], IsLaunched: false)));
            Assert.Contains(told, refused.Message, StringComparison.Ordinal);
        }
        if (ProcessTable.All().FirstOrDefault(p => p.IsKernelThread) is not { } thread) return;
        FalterException kernel = await Assert.ThrowsAsync<FalterException>(() => Arm(s_pause, new TargetTree([thread.Pid], IsLaunched: false)));
        Assert.Contains("is a thread of the kernel", kernel.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_plan_says_who_is_hit_how_and_how_it_ends_without_doing_it()
    {
        using var tree = new ProcessTree(1);
        string before = tree.Condition;
        ProcessFaultPlan plan = ProcessFaults.Plan(s_pause, tree.Running);
        Assert.Equal("sigstop", plan.Mechanism);
        Assert.Equal(2, plan.Processes.Count);
        Assert.Contains($"kill -CONT {tree.Pid.ToString(CultureInfo.InvariantCulture)} ", plan.Undo, StringComparison.Ordinal);
        Assert.Contains(plan.Notes, n => n.Contains("WUNTRACED", StringComparison.Ordinal));
        Assert.Contains("SIGKILL acts", string.Join('\n', ProcessFaults.Plan(s_pause, tree.Launched).Notes), StringComparison.Ordinal);
        Assert.Equal(before, tree.Condition);
        tree.AssertRuns(0, 1);
    }

    private Task<IArmedFault> Arm(ProcessFault fault, TargetTree target) => ProcessFaults.ArmAsync(fault, target, _journal);
}
