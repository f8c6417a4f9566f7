using System.Diagnostics;
using System.Globalization;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Falter.Experiment;
using Falter.Linux.Cgroup;
using Falter.Linux.Features;
using Falter.Linux.Network;
using Falter.Linux.Proc;
using Falter.Records;

namespace Falter.Linux.Tests.Experiment;

/// <summary>Systems in a network of their own, and network faults of single roles.</summary>
public sealed class PrivateSystemTests
{
    private const int Port = 4711;

    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Roles_reach_each_other_by_their_addresses_and_a_partition_hits_one_of_them()
    {
        await using TrialSystem trial = Trial();
        RoleFault partition = TrialSystem.Fault("server", "network:drop=100%");
        SystemInstance system = await trial.StartAsync(new SystemDefinition
        {
            Network = NetworkLayout.Private,
            Processes = [Server("server"), Server("second"), Asker("asker", "server"), Asker("witness", "second")],
        }, o => o with { Faults = [partition] });
        string address = system.Resolve("${address:server}");
        Assert.NotEqual("127.0.0.1", address);
        Assert.NotEqual(address, system.Resolve("${address:second}"));
        await TrialSystem.UntilAsync(() => trial.LastLine("asker") == "reached" && trial.LastLine("witness") == "reached", "both are answered");
        Assert.True(await ReachAsync(address));
        Assert.Equal(4, system.Roots.Select(NetworkNamespace.IdOfProcess).Append(NetworkNamespace.IdOfProcess(Environment.ProcessId)).Distinct().Count() - 1);
        string second = system.Resolve("${address:second}");
        await using (ArmedPlan armed = await system.ArmAsync(TrialSystem.Plan(partition), 1, 1, s_limit, CancellationToken.None))
        {
            await TrialSystem.UntilAsync(() => trial.LastLine("asker") == "unreached", "the partition");
            Assert.False(await ReachAsync(address));
            Assert.True(await ReachAsync(second));
            Assert.Equal("reached", trial.LastLine("witness"));
            await armed.DisposeAsync();
            Assert.True(armed.Counts[0].Injected > 0);
            Assert.Equal("nftables", armed.Counts[0].Mechanism);
        }
        await TrialSystem.UntilAsync(() => trial.LastLine("asker") == "reached", "it is over");
        Assert.Equal("begun witness\nreached\n", trial.Log("witness"));
        await trial.StopAsync();
        AssertNothingIsLeft();
    }

    [Fact]
    public async Task A_role_that_is_started_again_keeps_its_address_and_what_is_done_to_its_network()
    {
        await using TrialSystem trial = Trial(FeatureCatalogue.Tbf);
        RoleFault[] faults = [TrialSystem.Fault("server", "network:drop=100%"), TrialSystem.Fault("server", "network:rate=1mbit:direction=out"), TrialSystem.Fault("server", "process:kill")];
        SystemInstance system = await trial.StartAsync(new SystemDefinition { Network = NetworkLayout.Private, Processes = [Server("server") with { Restart = RestartRule.Always }] }, o => o with { Faults = faults });
        string address = system.Resolve("${address:server}");
        await using (ArmedPlan armed = await system.ArmAsync(TrialSystem.Plan(faults), 1, 1, s_limit, CancellationToken.None))
        {
            await TrialSystem.UntilAsync(() => system.StateOf("server") is { Restarts: 1, Alive: true }, "it is started again");
            await TrialSystem.UntilAsync(() => trial.Log("server").Split("begun").Length == 3, "it listens");
            Assert.False(await ReachAsync(address));
            Assert.Null(armed.Failure);
        }
        await TrialSystem.UntilAsync(() => ReachAsync(address).GetAwaiter().GetResult(), "it answers");
        using NetworkNamespace place = NetworkNamespace.OfProcess(system.Roots[0])!;
        Assert.Empty(DeviceLimit.Limited(place));
    }

    [Fact]
    public async Task In_the_networks_of_the_host_a_fault_hits_the_role_alone_also_when_it_was_started_again()
    {
        await using TrialSystem trial = Trial();
        if (ControlGroup.Mount is null) Assert.Skip("the unified hierarchy is not mounted");
        RoleFault[] faults = [TrialSystem.Fault("server", FormattableString.Invariant($"network:drop=100%:port={Port}")), TrialSystem.Fault("server", "process:kill")];
        SystemInstance system = await trial.StartAsync(new SystemDefinition
        {
            Processes =
            [
                TrialSystem.Role("server", "serve", "4711") with { Restart = RestartRule.Always }, TrialSystem.Role("second", "serve", "4712"),
                TrialSystem.Role("asker", "ask", "${address:server}", "4711"), TrialSystem.Role("witness", "ask", "127.0.0.1", "4712"),
            ],
        }, o => o with { Faults = faults });
        await TrialSystem.UntilAsync(() => trial.LastLine("asker") == "reached" && trial.LastLine("witness") == "reached", "both are answered");
        string group = ControlGroup.OfProcess(system.Roots[0])!.Folder;
        await using (ArmedPlan armed = await system.ArmAsync(TrialSystem.Plan(faults), 1, 1, s_limit, CancellationToken.None))
        {
            await TrialSystem.UntilAsync(() => system.StateOf("server") is { Restarts: 1, Alive: true } && trial.Log("server").Split("begun").Length == 3, "it is started again");
            await TrialSystem.UntilAsync(() => trial.LastLine("asker") == "unreached", "the partition");
            Assert.Equal("reached", trial.LastLine("witness"));
        }
        await TrialSystem.UntilAsync(() => trial.LastLine("asker") == "reached", "it is over");
        Assert.Equal(group, ControlGroup.OfProcess(system.Roots[0])!.Folder);
        await trial.StopAsync();
        Assert.False(Directory.Exists(group));
    }

    [Fact]
    public async Task Where_a_system_cannot_start_nothing_of_its_network_is_left()
    {
        await using TrialSystem trial = Trial();
        await Assert.ThrowsAsync<FalterException>(() => trial.StartAsync(new SystemDefinition { Network = NetworkLayout.Private, Processes = [Server("server"), TrialSystem.Role("web", "wait") with { Command = ["/nonexistent"] }] }));
        AssertNothingIsLeft();
        await Assert.ThrowsAsync<FalterException>(() => trial.StartAsync(new SystemDefinition
        {
            Network = NetworkLayout.Private,
            Processes = [Server("server"), TrialSystem.Role("web", "read", "/nonexistent") with { After = ["server"], Ready = TrialSystem.Command("false") }],
        }));
        AssertNothingIsLeft();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Where_Falter_is_killed_the_roles_go_on_and_the_keeper_takes_the_network_down_after_them(bool armed)
    {
        await using TrialSystem trial = Trial();
        using var host = SystemHost.Start(trial.Folder);
        await TrialSystem.UntilAsync(() => trial.LastLine("asker") == "reached", "it is answered");
        if (armed)
        {
            host.Arm();
            await TrialSystem.UntilAsync(() => trial.LastLine("asker") == "unreached", "the partition");
        }
        host.Kill();
        // They are as before, and reach each other.
        await TrialSystem.UntilAsync(() => trial.LastLine("asker") == "reached", "the partition ends with Falter");
        Assert.All(host.Roles, pid => Assert.False(ProcessStat.Read(pid)!.HasEnded));
        Assert.Single(Bridges());
        host.KillRoles();
        await TrialSystem.UntilAsync(() => Bridges().Length == 0 && !File.Exists(host.Journal) && ProcessStat.Read(host.KeeperPid) is null or { HasEnded: true }, "the keeper has ended");
        AssertNothingIsLeft();
    }

    [Fact]
    public async Task Where_the_keeper_is_killed_too_clean_takes_the_network_down()
    {
        await using TrialSystem trial = Trial();
        using var host = SystemHost.Start(trial.Folder);
        host.KillKeeper();
        host.Kill();
        string bridge = Assert.Single(Bridges());
        Assert.Contains($"found: the bridge {bridge} is there, with 2 members; by hand: ip link del {bridge}-01; ip link del {bridge}-02; ip link del {bridge}\n", host.Clean("--dry-run"), StringComparison.Ordinal);
        Assert.Single(Bridges());
        // Also where its journal is lost: the bridge itself says whose it was.
        File.Delete(host.Journal);
        Assert.Contains($"undone: the bridge {bridge} is there, with 2 members\n", host.Clean(), StringComparison.Ordinal);
        AssertNothingIsLeft();
        Assert.All(host.Roles, pid => Assert.False(ProcessStat.Read(pid)!.HasEnded));
    }

    private static TrialSystem Trial(params IEnumerable<Feature> features)
    {
        if (SystemProgram.Find("ip") is null) Assert.Skip("iproute2 is not installed");
        return new TrialSystem([FeatureCatalogue.NetworkNamespaces, FeatureCatalogue.Nftables, .. features]);
    }

    private static ProcessDefinition Server(string name) => TrialSystem.Role(name, "serve", Port.ToString(CultureInfo.InvariantCulture));

    private static ProcessDefinition Asker(string name, string server) => TrialSystem.Role(name, "ask", $"${{address:{server}}}", Port.ToString(CultureInfo.InvariantCulture));

    private static async Task<bool> ReachAsync(string address)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));
        try
        {
            await socket.ConnectAsync(address, Port, limit.Token);
            return await socket.ReceiveAsync(new byte[8], limit.Token) > 0;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return false;
        }
    }

    private static string[] Bridges() => [.. NetworkInterface.GetAllNetworkInterfaces().Select(i => i.Name).Where(n => n.StartsWith("falter-", StringComparison.Ordinal) && n.Count(c => c == '-') == 1)];

    private static void AssertNothingIsLeft() => Assert.DoesNotContain(NetworkInterface.GetAllNetworkInterfaces(), i => i.Name.StartsWith("falter-", StringComparison.Ordinal));
}
