using System.Net;
using System.Net.Sockets;
using Falter.Inject;
using Falter.Linux.Cgroup;
using Falter.Linux.Features;
using Falter.Linux.Network;
using Falter.Linux.Tests.Cgroup;
using Falter.Linux.Undo;
using Falter.Records;

namespace Falter.Linux.Tests.Network;

/// <summary>Where others share the target's network, only the target's packets are met.</summary>
public class NetworkScopeTests
{
    private const int Packets = 50;
    private static readonly NetworkFault s_partition = new() { Action = NetworkAction.Drop };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_neighbour_in_the_same_namespace_is_untouched(bool groupOfItsOwn)
    {
        using NetworkLab lab = NetworkLab.Make(FeatureCatalogue.Cgroup2);
        Socket first = lab.Udp(lab.Peer, NetworkLab.PeerAddress), second = lab.Udp(lab.Peer, NetworkLab.PeerAddress);
        using TemporaryGroup? group = groupOfItsOwn ? TemporaryGroup.Make(ControlGroupHierarchy.Unified) : null;
        using VictimProgram target = Start(lab, first), neighbour = Start(lab, second);
        group?.Take(target.Pid);
        string home = ControlGroup.OfProcess(target.Pid)!.Path;
        using UndoJournal journal = UndoJournal.Open(InjectionRun.Keeper);
        using NetworkScope scope = NetworkScope.Of([target.Pid]);
        Assert.Equal(groupOfItsOwn ? [] : (int[])[target.Pid], scope.ToMove);
        await using (IArmedFault fault = await NetworkFaults.ArmAsync(s_partition, scope, journal, 1))
        {
            Assert.Equal(groupOfItsOwn, ControlGroup.OfProcess(target.Pid)!.Path == home);
            target.Go();
            Assert.Equal(0, target.WaitForExit());
            neighbour.Go();
            Assert.Equal(0, neighbour.WaitForExit());
            Assert.Equal(Packets, fault.Injected);
        }
        byte[] buffer = new byte[8];
        for (int i = 0; i < Packets; i++) Assert.Equal(1, await second.ReceiveAsync(buffer).WaitAsync(NetworkLab.Patience));
        Assert.Equal(0, first.Available);
        Assert.Empty(journal.Left);
        Assert.Equal("", lab.Target.Within(() => SystemProgram.Run("nft", "list", "ruleset").Output));
    }

    [Fact]
    public async Task A_process_that_is_moved_comes_back()
    {
        using NetworkLab lab = NetworkLab.Make(FeatureCatalogue.Cgroup2);
        using VictimProgram target = Start(lab, lab.Udp(lab.Peer, NetworkLab.PeerAddress)), neighbour = Start(lab, lab.Udp(lab.Peer, NetworkLab.PeerAddress));
        string home = ControlGroup.OfProcess(target.Pid)!.Path;
        using UndoJournal journal = UndoJournal.Open(InjectionRun.Keeper);
        using NetworkScope scope = NetworkScope.Of([target.Pid]);
        string made;
        await using (await NetworkFaults.ArmAsync(s_partition, scope, journal, 1)) made = ControlGroup.OfProcess(target.Pid)!.Folder;
        Assert.Equal(home, ControlGroup.OfProcess(target.Pid)!.Path);
        Assert.False(Directory.Exists(made), made);
    }

    [Fact]
    public async Task A_second_fault_meets_the_whole_namespace_as_the_first_does()
    {
        using NetworkLab lab = NetworkLab.Make();
        using UndoJournal journal = UndoJournal.Open(InjectionRun.Keeper);
        using NetworkScope first = NetworkScope.Of([lab.Pid]);
        await using (await NetworkFaults.ArmAsync(s_partition, first, journal, 1))
        {
            using NetworkScope second = NetworkScope.Of([lab.Pid]);
            Assert.Null(second.Group);
            Assert.Empty(second.ToMove);
        }
        // The rules had an owner in the namespace: it is gone too.
        Assert.Equal([lab.Pid], lab.Target.Processes);
    }

    [Fact]
    public void A_target_that_has_sockets_already_and_no_group_is_refused()
    {
        using NetworkLab lab = NetworkLab.Make(FeatureCatalogue.Cgroup2);
        using VictimProgram target = Start(lab, lab.Udp(lab.Peer, NetworkLab.PeerAddress), "early"), neighbour = Start(lab, lab.Udp(lab.Peer, NetworkLab.PeerAddress));
        FalterException refused = Assert.Throws<FalterException>(() => NetworkScope.Of([target.Pid]));
        Assert.Equal("network-shared", Assert.Single(refused.Findings).Code);
        Assert.Contains($"process {target.Pid} has some already", refused.Message);
    }

    [Fact]
    public void A_process_of_falters_own_namespace_never_has_it_for_itself()
    {
        if (FeatureCatalogue.Root.WhyNot() is { } why) Assert.Skip(why);
        using VictimProgram program = VictimProgram.Start("datagrams", "127.0.0.1", 9, 0, "early");
        Assert.Equal("network-shared", Assert.Single(Assert.Throws<FalterException>(() => NetworkScope.Of([program.Pid])).Findings).Code);
    }

    [Fact]
    public void What_no_mechanism_does_is_refused_with_the_alternative()
    {
        using NetworkLab lab = NetworkLab.Make();
        using NetworkScope scope = NetworkScope.Of([lab.Pid]);
        PeerPattern[] unix = [new(null, null, new Glob("/run/x"))];
        NetworkFault[] faults =
        [
            s_partition with { Peers = unix },
            s_partition with { Protocol = "icmp" },
            new() { Action = NetworkAction.Reset, Protocol = "udp" },
            new() { Action = NetworkAction.Rate, BitsPerSecond = 1000, Ports = [new PortRange(1, 2)] },
        ];
        Assert.All(faults, f => Assert.Equal("rule-not-supported", Assert.Single(NetworkFaults.RefusalOf(f, scope)!).Code));
        Assert.Null(NetworkFaults.RefusalOf(s_partition, scope));
    }

    private static VictimProgram Start(NetworkLab lab, Socket to, params string[] more) =>
        lab.Target.Within(() => VictimProgram.Start("datagrams", [NetworkLab.PeerAddress, ((IPEndPoint)to.LocalEndPoint!).Port, Packets, .. more]));
}
