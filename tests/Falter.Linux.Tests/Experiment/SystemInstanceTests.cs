using System.Globalization;
using Falter.Experiment;
using Falter.Linux.Proc;
using Falter.Records;

namespace Falter.Linux.Tests.Experiment;

/// <summary>Systems of several roles, with nothing injected.</summary>
public sealed class SystemInstanceTests
{
    [Fact]
    public async Task Roles_start_in_their_order_when_those_before_are_ready_and_stop_in_reverse()
    {
        await using var trial = new TrialSystem();
        string ready = Path.Join(trial.Folder, "ready");
        SystemInstance system = await trial.StartAsync(
            TrialSystem.Role("front", "wait") with { After = ["back"], StopSignal = new Signal(10) },
            TrialSystem.Role("back", "wait") with { Ready = TrialSystem.Command($"test -e {ready} || {{ touch {ready}; false; }}") });
        Assert.Equal(["back", "front"], system.Roles);
        Assert.Equal(["target-started back", "target-ready back", "target-started front"], trial.Kinds);
        Assert.Null(system.Death);
        RoleState front = system.StateOf("front");
        Assert.True(front.Alive);
        Assert.Equal(0, front.Restarts);
        Assert.Equal([system.Roots[1]], front.Pids);
        Assert.Equal("back", system.RoleOf(system.Roots[0]));
        Assert.Equal("front", system.RoleOf(system.Roots[1]));
        Assert.Null(system.RoleOf(Environment.ProcessId));
        await TrialSystem.UntilAsync(() => trial.Log("front").Length > 0 && trial.Log("back").Length > 0, "both have begun");
        await trial.StopAsync();
        Assert.Equal(["target-stopped front", "target-stopped back"], trial.Kinds.Skip(3));
        Assert.Equal("begun front\nasked\n", trial.Log("front"));
        Assert.Equal("begun back\nstopping\n", trial.Log("back"));
        Assert.Equal(front.LogFile, Path.Join(trial.Folder, "front.log"));
    }

    [Fact]
    public async Task A_role_that_does_not_end_by_itself_is_killed_after_its_grace()
    {
        await using var trial = new TrialSystem();
        SystemInstance system = await trial.StartAsync(TrialSystem.Role("web", "stubborn") with { StopGrace = TimeSpan.FromMilliseconds(100) });
        int pid = system.Roots[0];
        await TrialSystem.UntilAsync(() => trial.Log("web").Length > 0, "it ignores the signal");
        await trial.StopAsync();
        Assert.Contains(("target-stopped", "web: killed by SIGKILL"), trial.Events);
        Assert.True(ProcessStat.Read(pid) is null or { HasEnded: true });
    }

    [Fact]
    public async Task What_a_role_has_started_as_a_daemon_is_its_own_and_ends_with_it()
    {
        await using var trial = new TrialSystem();
        SystemInstance system = await trial.StartAsync(TrialSystem.Role("web", "daemon"));
        await TrialSystem.UntilAsync(() => trial.Log("web").Contains("daemon ", StringComparison.Ordinal), "the daemon has begun");
        int daemon = int.Parse(trial.Log("web").Split("daemon ")[1].Split('\n')[0], CultureInfo.InvariantCulture);
        await TrialSystem.UntilAsync(() => ProcessStat.Read(daemon)!.ParentPid == Environment.ProcessId, "it is an orphan");
        Assert.Equal("web", system.RoleOf(daemon));
        await TrialSystem.UntilAsync(() => system.StateOf("web").Pids.ToHashSet().SetEquals([system.Roots[0], daemon]), "both are seen");
        await trial.StopAsync();
        Assert.True(ProcessStat.Read(daemon) is null or { HasEnded: true });
    }

    [Fact]
    public async Task A_role_that_is_never_ready_is_told_with_what_it_wrote_and_everything_is_stopped()
    {
        await using var trial = new TrialSystem();
        FalterException e = await Assert.ThrowsAsync<FalterException>(() => trial.StartAsync(
            TrialSystem.Role("back", "wait"),
            TrialSystem.Role("web", "wait") with { After = ["back"], ReadyTimeout = TimeSpan.FromMilliseconds(300), Ready = TrialSystem.Command("test -e /nonexistent/ready") }));
        Finding finding = Assert.Single(e.Findings);
        Assert.Equal("check-never-healthy", finding.Code);
        Assert.StartsWith("web: check test -e /nonexistent/ready did not pass within 300ms; last answer: exit 1. ", finding.Message, StringComparison.Ordinal);
        Assert.EndsWith("web wrote:\n    begun web", finding.Message, StringComparison.Ordinal);
        Assert.Equal(["target-started back", "target-started web", "target-stopped web", "target-stopped back"], trial.Kinds);
    }

    [Fact]
    public async Task A_role_that_ends_before_it_is_ready_is_told_with_what_it_wrote()
    {
        await using var trial = new TrialSystem();
        FalterException e = await Assert.ThrowsAsync<FalterException>(() => trial.StartAsync(
            TrialSystem.Role("web", "read", "/nonexistent/file") with { Ready = TrialSystem.Command("false") }));
        Finding finding = Assert.Single(e.Findings);
        Assert.Equal("target-exited", finding.Code);
        Assert.StartsWith("web ended (exit code 3) before web was ready", finding.Message, StringComparison.Ordinal);
        Assert.EndsWith("\n    open: 2", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_roles_have_no_check_the_checks_of_the_experiment_must_pass()
    {
        await using var trial = new TrialSystem();
        string ready = Path.Join(trial.Folder, "ready");
        await trial.StartAsync(new SystemDefinition { Processes = [TrialSystem.Role("web", "wait")] }, o => o with { Checks = [TrialSystem.Command($"test -e {ready} || {{ touch {ready}; false; }}")] });
        Assert.Equal(["target-started web", "target-ready web"], trial.Kinds);
    }

    [Fact]
    public async Task The_end_of_a_role_is_the_end_of_the_system_and_ends_the_waiting()
    {
        await using var trial = new TrialSystem();
        SystemInstance system = await trial.StartAsync(TrialSystem.Role("web", "wait"), TrialSystem.Role("other", "wait"));
        Task waiting = system.StayAliveAsync(TrialSystem.Patience, CancellationToken.None);
        Victims.Run("kill", "-SEGV", system.Roots[0].ToString(CultureInfo.InvariantCulture));
        await waiting.WaitAsync(TrialSystem.Patience / 2);
        Assert.Equal(("web", "killed by SIGSEGV"), (system.Death!.Process, system.Death.How));
        Assert.False(system.StateOf("web").Alive);
        Assert.True(system.StateOf("other").Alive);
        Assert.Contains(("target-died", "web: killed by SIGSEGV"), trial.Events);
    }

    [Fact]
    public async Task The_system_is_prepared_before_and_cleaned_up_after()
    {
        await using var trial = new TrialSystem();
        string data = Path.Join(trial.Folder, "data");
        await trial.StartAsync(new SystemDefinition { Prepare = $"mkdir {data} && touch {data}/file", Processes = [TrialSystem.Role("web", "read", $"{data}/file")], CleanUp = $"rm -r {data}" });
        Assert.True(File.Exists($"{data}/file"));
        await trial.StopAsync();
        Assert.False(Directory.Exists(data));
        Assert.Equal("begun web\nstopping\n", trial.Log("web"));
    }

    [Fact]
    public async Task Where_preparing_fails_nothing_is_started()
    {
        await using var trial = new TrialSystem();
        FalterException e = await Assert.ThrowsAsync<FalterException>(() => trial.StartAsync(new SystemDefinition { Prepare = "echo no room; exit 7", Processes = [TrialSystem.Role("web", "wait")] }));
        Assert.Equal("prepare-failed", Assert.Single(e.Findings).Code);
        Assert.StartsWith("prepare: `echo no room; exit 7` ended with status 7: no room; ", e.Findings[0].Message, StringComparison.Ordinal);
        Assert.Empty(trial.Events);
    }

    [Theory]
    [InlineData("/nonexistent/program", "target-not-found")]
    [InlineData("", "target-not-found")]
    public async Task A_command_that_is_not_there_is_refused_before_anything_is_started(string program, string code)
    {
        await using var trial = new TrialSystem();
        FalterException e = await Assert.ThrowsAsync<FalterException>(() => trial.StartAsync(TrialSystem.Role("first", "wait"), new ProcessDefinition { Role = "web", Command = [program] }));
        Assert.Equal(code, Assert.Single(e.Findings).Code);
        Assert.Empty(trial.Events);
    }

    [Fact]
    public async Task Addresses_are_filled_in_and_an_unknown_role_is_refused()
    {
        await using var trial = new TrialSystem();
        SystemInstance system = await trial.StartAsync(TrialSystem.Role("web", "wait"));
        Assert.Equal("http://127.0.0.1:80/", system.Resolve("http://${address:web}:80/"));
        Assert.Equal("bad-option", Assert.Throws<FalterException>(() => system.Resolve("${address:db}")).Findings[0].Code);
        Assert.Equal("bad-option", Assert.Throws<FalterException>(() => system.StateOf("db")).Findings[0].Code);
    }

    [Fact]
    public async Task Running_processes_are_taken_hold_of_and_let_go()
    {
        await using var trial = new TrialSystem();
        using var tree = new Inject.ProcessTree(2);
        SystemInstance system = await trial.StartAsync(new ProcessDefinition { Role = "web", Attach = new AttachedProcesses(Pid: tree.Pid) });
        Assert.Equal([tree.Pid], system.Roots);
        Assert.Equal(3, system.StateOf("web").Pids.Count);
        Assert.Null(system.StateOf("web").LogFile);
        await trial.StopAsync();
        tree.AssertRuns(0, 1, 2);
    }

    [Fact]
    public async Task Processes_that_are_not_there_are_refused_with_the_role_that_asks_for_them()
    {
        await using var trial = new TrialSystem();
        FalterException e = await Assert.ThrowsAsync<FalterException>(() => trial.StartAsync(new ProcessDefinition { Role = "web", Attach = new AttachedProcesses(Name: "no-such-program") }));
        Assert.Equal("target-not-found", Assert.Single(e.Findings).Code);
        Assert.StartsWith("role web: no running process matches the name no-such-program; ", e.Findings[0].Message, StringComparison.Ordinal);
        e = await Assert.ThrowsAsync<FalterException>(() => trial.StartAsync(new ProcessDefinition { Role = "web", Attach = new AttachedProcesses(Pid: 1) }));
        Assert.Equal("target-refused", Assert.Single(e.Findings).Code);
    }

    [Fact]
    public async Task Roles_that_share_a_process_and_running_ones_in_a_private_network_are_refused()
    {
        await using var trial = new TrialSystem();
        using var tree = new Inject.ProcessTree(1);
        ProcessDefinition web = new() { Role = "web", Attach = new AttachedProcesses(Pid: tree.Pid) };
        FalterException e = await Assert.ThrowsAsync<FalterException>(() => trial.StartAsync(web, web with { Role = "db" }));
        Assert.Equal("target-refused", Assert.Single(e.Findings).Code);
        Assert.Contains("belongs to role web and to role db; ", e.Message, StringComparison.Ordinal);
        e = await Assert.ThrowsAsync<FalterException>(() => trial.StartAsync(new SystemDefinition { Network = NetworkLayout.Private, Processes = [web] }));
        Assert.StartsWith("network: private is for roles that Falter launches, and web run already; ", Assert.Single(e.Findings).Message, StringComparison.Ordinal);
        Assert.Empty(trial.Events);
    }
}
