using System.Globalization;
using Falter.Experiment;
using Falter.Inject;
using Falter.Linux.Cgroup;
using Falter.Linux.Features;
using Falter.Linux.Proc;
using Falter.Model;
using Falter.Records;

namespace Falter.Linux.Tests.Experiment;

/// <summary>Plans that are armed on systems of several roles.</summary>
public sealed class ArmedPlanTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData("seccomp-notify", "")]
    [InlineData("ptrace", "")]
    [InlineData("bpf-trigger", ":phase=after")]
    public async Task A_role_that_is_started_again_is_injected_into_again_and_its_counts_go_on(string mechanism, string phase)
    {
        await using var trial = new TrialSystem(SyscallMechanisms.All.Single(m => m.Name == mechanism).Needs);
        string file = Path.Join(trial.Folder, "file");
        File.WriteAllText(file, "");
        RoleFault fault = TrialSystem.Fault("reader", $"openat:error=EMFILE:path={file}:when=5{phase}");
        SystemInstance system = await trial.StartAsync(new SystemDefinition
        {
            Processes = [TrialSystem.Role("reader", "read", file) with { Restart = RestartRule.OnFailure }, TrialSystem.Role("other", "wait")],
        }, o => o with { Faults = [fault], Mechanism = mechanism });
        Assert.Equal(mechanism, system.Mechanisms["reader"]);
        Assert.DoesNotContain("other", system.Mechanisms.Keys);
        await using (ArmedPlan armed = await system.ArmAsync(TrialSystem.Plan(fault), 1, 1, s_limit, CancellationToken.None))
        {
            await TrialSystem.UntilAsync(() => system.StateOf("reader").Restarts >= 2, "two restarts");
            Assert.Null(armed.Failure);
            await armed.DisposeAsync();
            FaultCount count = Assert.Single(armed.Counts);
            Assert.Equal($"reader: {fault.Fault}", count.Fault);
            Assert.Equal(mechanism, count.Mechanism);
            Assert.True(count.Injected >= 2, $"{count.Injected} of {count.Matched}");
            // Each of them fell after four calls that were let go.
            Assert.True(count.Matched >= 5 * count.Injected, $"{count.Injected} of {count.Matched}");
            Assert.Equal(count.Matched - count.Injected, count.Skipped!["when"]);
        }
        // With nothing armed it lives.
        await TrialSystem.UntilAsync(() => system.StateOf("reader") is { Alive: true } state && state.Restarts == trial.Events.Count(e => e.Kind == "target-died"), "it has been started again");
        IReadOnlyList<ProcessDeath> deaths = system.TakeRestartedDeaths();
        Assert.Equal(system.StateOf("reader").Restarts, deaths.Count);
        Assert.All(deaths, d => Assert.Equal(("reader", "exit code 3"), (d.Process, d.How)));
        Assert.Empty(system.TakeRestartedDeaths());
        Assert.Null(system.Death);
        Assert.Contains("open: 24\n", trial.Log("reader"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_role_that_always_ends_is_started_again_only_so_often()
    {
        await using var trial = new TrialSystem();
        SystemInstance system = await trial.StartAsync(new SystemDefinition { Processes = [TrialSystem.Role("web", "read", "/nonexistent") with { Restart = RestartRule.Always }] }, o => o with { MostRestarts = 3 });
        await system.StayAliveAsync(TrialSystem.Patience, CancellationToken.None);
        Assert.Equal("exit code 3; it was started again too often already", system.Death!.How);
        Assert.Equal(3, system.StateOf("web").Restarts);
        Assert.Equal(3, system.TakeRestartedDeaths().Count);
        Assert.Equal(4, trial.Log("web").Split("begun web").Length - 1);
    }

    [Fact]
    public async Task A_fault_of_every_role_is_counted_for_all_together_and_each_has_its_own_mechanism()
    {
        await using var trial = new TrialSystem(FeatureCatalogue.SeccompNotify);
        string file = Path.Join(trial.Folder, "file");
        File.WriteAllText(file, "");
        RoleFault all = TrialSystem.Fault(null, $"openat:delay=1us:path={file}"), one = TrialSystem.Fault("b", "close:delay=1us");
        SystemInstance system = await trial.StartAsync(new SystemDefinition { Processes = [TrialSystem.Role("a", "read", file), TrialSystem.Role("b", "read", file)] }, o => o with { Faults = [all, one] });
        var byRole = new System.Collections.Concurrent.ConcurrentDictionary<(int Rule, string? Role), int>();
        await using ArmedPlan armed = await system.ArmAsync(TrialSystem.Plan(one, all), 1, 1, s_limit, CancellationToken.None, call => byRole.AddOrUpdate((call.Rule, system.RoleOf(call.Pid)), 1, (_, n) => n + 1));
        await TrialSystem.UntilAsync(() => byRole.Keys.Count == 3, "both are met");
        await armed.DisposeAsync();
        Assert.Equal([(0, "b"), (1, "a"), (1, "b")], byRole.Keys.Order());
        Assert.Equal(byRole[(0, "b")], armed.Counts[0].Injected);
        Assert.Equal(byRole[(1, "a")] + byRole[(1, "b")], armed.Counts[1].Injected);
        // Final, and nothing goes on.
        IReadOnlyList<FaultCount> counts = armed.Counts;
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.Equal(counts.Select(c => c.Matched), armed.Counts.Select(c => c.Matched));
    }

    [Fact]
    public async Task A_plan_ends_by_itself_at_its_limit()
    {
        await using var trial = new TrialSystem();
        RoleFault pause = TrialSystem.Fault("web", "process:pause");
        SystemInstance system = await trial.StartAsync(new SystemDefinition { Processes = [TrialSystem.Role("web", "wait")] }, o => o with { Faults = [pause] });
        Assert.Empty(system.Mechanisms);
        await using ArmedPlan armed = await system.ArmAsync(TrialSystem.Plan(pause), 1, 1, TimeSpan.FromMilliseconds(500), CancellationToken.None);
        await TrialSystem.UntilAsync(() => armed.IsOver, "the limit");
        Assert.Equal(1, armed.Counts[0].Injected);
        Assert.NotEmpty(armed.Counts[0].Mechanism);
        // It runs: it can end by the signal that asks it to.
        await trial.StopAsync();
        Assert.Contains(("target-stopped", "web: exit code 0"), trial.Events);
    }

    [Fact]
    public async Task A_kill_falls_on_the_process_that_lives_when_its_time_comes()
    {
        await using var trial = new TrialSystem();
        RoleFault[] kills = [TrialSystem.Fault("web", "process:kill"), TrialSystem.Fault("web", "process:kill:after=1s")];
        SystemInstance system = await trial.StartAsync(new SystemDefinition { Processes = [TrialSystem.Role("web", "wait") with { Restart = RestartRule.Always }] }, o => o with { Faults = kills });
        await using ArmedPlan armed = await system.ArmAsync(TrialSystem.Plan(kills), 1, 1, s_limit, CancellationToken.None);
        await TrialSystem.UntilAsync(() => system.StateOf("web").Restarts == 2, "both kills");
        await armed.DisposeAsync();
        Assert.Equal([1, 1], armed.Counts.Select(c => c.Injected));
        Assert.Equal(["killed by SIGKILL", "killed by SIGKILL"], system.TakeRestartedDeaths().Select(d => d.How));
    }

    [Fact]
    public async Task A_limit_holds_for_the_process_that_is_started_again_too()
    {
        ControlGroupHierarchy? found = ControlGroup.HierarchyWith("cpu");
        if (found is null) Assert.Skip("no hierarchy has the cpu controller");
        ControlGroupHierarchy hierarchy = found.Value;
        await using var trial = new TrialSystem();
        RoleFault[] faults = [TrialSystem.Fault("web", "process:cpu=20%"), TrialSystem.Fault("web", "process:kill:after=200ms")];
        SystemInstance system = await trial.StartAsync(new SystemDefinition { Processes = [TrialSystem.Role("web", "wait") with { Restart = RestartRule.Always }] }, o => o with { Faults = faults });
        ControlGroup group = ControlGroup.OfProcess(system.Roots[0], hierarchy)!;
        string file = hierarchy == ControlGroupHierarchy.Unified ? "cpu.max" : "cpu.cfs_quota_us", before = GroupFile.Read(group.Folder, file)!;
        await using (ArmedPlan armed = await system.ArmAsync(TrialSystem.Plan(faults), 1, 1, s_limit, CancellationToken.None))
        {
            await TrialSystem.UntilAsync(() => system.StateOf("web") is { Restarts: 1, Alive: true }, "it is started again");
            Assert.Equal(group.Folder, ControlGroup.OfProcess(system.Roots[0], hierarchy)!.Folder);
            Assert.NotEqual(before, GroupFile.Read(group.Folder, file));
        }
        Assert.Equal(before, GroupFile.Read(group.Folder, file));
        await trial.StopAsync();
        Assert.False(Directory.Exists(group.Folder));
    }

    [Fact]
    public async Task What_cannot_be_armed_is_refused_and_nothing_is_armed()
    {
        await using var trial = new TrialSystem();
        RoleFault pause = TrialSystem.Fault("web", "process:pause"), container = TrialSystem.Fault("web", "container:pause"), rule = TrialSystem.Fault("web", "openat:error=EIO");
        SystemInstance system = await trial.StartAsync(new SystemDefinition { Processes = [TrialSystem.Role("web", "wait")] }, o => o with { Faults = [pause] });
        foreach (RoleFault unforeseen in (RoleFault[])[container, rule])
        {
            FalterException e = await Assert.ThrowsAsync<FalterException>(() => system.ArmAsync(TrialSystem.Plan(pause, unforeseen), 1, 1, s_limit, CancellationToken.None));
            Assert.Equal("rule-not-supported", Assert.Single(e.Findings).Code);
        }
        Assert.NotEqual('T', ProcessStat.Read(system.Roots[0])!.State);
        Assert.Equal("bad-option", (await Assert.ThrowsAsync<FalterException>(() => system.ArmAsync(TrialSystem.Plan(pause with { Role = "db" }), 1, 1, s_limit, CancellationToken.None))).Findings[0].Code);
        await trial.StopAsync();
        Assert.Contains(("target-stopped", "web: exit code 0"), trial.Events);
    }

    [Fact]
    public async Task Rules_are_armed_on_processes_that_run_already()
    {
        await using var trial = new TrialSystem(FeatureCatalogue.PtraceSeize);
        string file = Path.Join(trial.Folder, "file");
        File.WriteAllText(file, "");
        SystemInstance outer = await trial.StartAsync(TrialSystem.Role("reader", "read", file));
        await using var attached = new TrialSystem();
        RoleFault fault = TrialSystem.Fault("found", $"openat:delay=1us:path={file}");
        SystemInstance system = await attached.StartAsync(new SystemDefinition { Processes = [new ProcessDefinition { Role = "found", Attach = new AttachedProcesses(Pid: outer.Roots[0]) }] },
            o => o with { Faults = [fault], Mechanism = "ptrace" });
        Assert.Equal("ptrace", system.Mechanisms["found"]);
        await using ArmedPlan armed = await system.ArmAsync(TrialSystem.Plan(fault), 1, 1, s_limit, CancellationToken.None);
        await TrialSystem.UntilAsync(() => armed.Counts[0].Injected > 3, "calls are held");
        Victims.Run("kill", "-KILL", outer.Roots[0].ToString(CultureInfo.InvariantCulture));
        await system.StayAliveAsync(TrialSystem.Patience, CancellationToken.None);
        Assert.Equal("found", system.Death!.Process);
    }
}
