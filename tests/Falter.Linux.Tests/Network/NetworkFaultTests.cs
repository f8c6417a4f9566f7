using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Falter.Inject;
using Falter.Linux.Features;
using Falter.Linux.Network;
using Falter.Linux.Undo;
using Falter.Records;

namespace Falter.Linux.Tests.Network;

/// <summary>Each fault of a network, as both of its sides meet it, and that nothing of it is left.</summary>
public class NetworkFaultTests
{
    private static readonly byte[] s_byte = [42];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_partition_holds_up_an_established_connection_which_goes_on_afterwards(bool version6)
    {
        using NetworkLab lab = NetworkLab.Make();
        (Socket ofTarget, Socket ofPeer) = await lab.ConnectionAsync(version6);
        string before = lab.Rules();
        Task<int> received;
        await using (IArmedFault fault = await ArmAsync(lab, new NetworkFault { Action = NetworkAction.Drop }))
        {
            Assert.Equal("nftables", fault.Mechanism);
            received = ofPeer.ReceiveAsync(new byte[1]);
            await ofTarget.SendAsync(s_byte);
            await NetworkLab.UntilAsync(() => fault.Injected >= 2, "the packet and its first repetition are dropped");
            Assert.False(received.IsCompleted);
        }
        Assert.Equal(1, await received.WaitAsync(NetworkLab.Patience));
        Assert.Equal(before, lab.Rules());
    }

    [Theory]
    [InlineData(NetworkDirection.Out)]
    [InlineData(NetworkDirection.In)]
    public async Task One_way_is_cut_and_the_other_is_not(NetworkDirection direction)
    {
        using NetworkLab lab = NetworkLab.Make();
        Socket ofTarget = lab.Udp(lab.Target, NetworkLab.TargetAddress), ofPeer = lab.Udp(lab.Peer, NetworkLab.PeerAddress);
        bool outward = direction == NetworkDirection.Out;
        (Socket open, Socket cut) = outward ? (ofPeer, ofTarget) : (ofTarget, ofPeer);
        await using IArmedFault fault = await ArmAsync(lab, new NetworkFault { Action = NetworkAction.Drop, Direction = direction });
        Task<int> arrived = cut.ReceiveAsync(new byte[1]), lost = open.ReceiveAsync(new byte[1]);
        await open.SendToAsync(s_byte, cut.LocalEndPoint!);
        Assert.Equal(1, await arrived.WaitAsync(NetworkLab.Patience));
        // A packet that is dropped on the sender's own machine is an error of its call.
        await IgnoringRefusal(() => cut.SendToAsync(s_byte, open.LocalEndPoint!));
        await NetworkLab.UntilAsync(() => fault.Injected == 1, "the packet is dropped");
        Assert.False(lost.IsCompleted);
    }

    [Fact]
    public async Task A_share_of_the_packets_is_lost()
    {
        const int packets = 5000;
        const double share = 0.3, quantile = 3.29; // of the normal distribution, for 99.9 %
        using NetworkLab lab = NetworkLab.Make();
        Socket ofTarget = lab.Udp(lab.Target, NetworkLab.TargetAddress), ofPeer = lab.Udp(lab.Peer, NetworkLab.PeerAddress);
        await using IArmedFault fault = await ArmAsync(lab, new NetworkFault { Action = NetworkAction.Drop, Share = share, Direction = NetworkDirection.In });
        int received = 0;
        byte[] buffer = new byte[16];
        for (int i = 0; i < packets; i++)
        {
            await ofPeer.SendToAsync(s_byte, ofTarget.LocalEndPoint!);
            while (ofTarget.Available > 0) received += await ofTarget.ReceiveAsync(buffer);
        }
        await NetworkLab.UntilAsync(() => (received += ofTarget.Available > 0 ? ofTarget.Receive(buffer) : 0) + fault.Injected >= packets, "every packet is received or lost");
        Assert.Equal(packets, received + fault.Injected);
        double width = quantile * Math.Sqrt(packets * share * (1 - share));
        Assert.InRange(fault.Injected, packets * share - width, packets * share + width);
    }

    [Fact]
    public async Task Refused_packets_are_errors_of_the_calls()
    {
        using NetworkLab lab = NetworkLab.Make();
        Socket listener = lab.Listener(lab.Peer, NetworkLab.PeerAddress), udp = lab.Udp(lab.Target, NetworkLab.TargetAddress);
        await using IArmedFault fault = await ArmAsync(lab, new NetworkFault { Action = NetworkAction.Reject });
        SocketException refused = await Assert.ThrowsAsync<SocketException>(() => lab.Tcp(lab.Target, AddressFamily.InterNetwork).ConnectAsync(listener.LocalEndPoint!).WaitAsync(NetworkLab.Patience));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
        await udp.ConnectAsync(lab.Udp(lab.Peer, NetworkLab.PeerAddress).LocalEndPoint!);
        await IgnoringRefusal(() => udp.SendAsync(s_byte));
        SocketException unreachable = await Assert.ThrowsAsync<SocketException>(() => udp.ReceiveAsync(new byte[1]).WaitAsync(NetworkLab.Patience));
        Assert.Equal(SocketError.HostUnreachable, unreachable.SocketErrorCode);
        Assert.True(fault.Injected >= 2, $"{fault.Injected}");
    }

    [Fact]
    public async Task An_established_connection_is_reset_on_either_side_that_sends()
    {
        using NetworkLab lab = NetworkLab.Make();
        (Socket first, _) = await lab.ConnectionAsync();
        (_, Socket second) = await lab.ConnectionAsync();
        await using IArmedFault fault = await ArmAsync(lab, new NetworkFault { Action = NetworkAction.Reset });
        foreach (Socket socket in (Socket[])[first, second])
        {
            Task<int> received = socket.ReceiveAsync(new byte[1]);
            await IgnoringRefusal(() => socket.SendAsync(s_byte));
            SocketException reset = await Assert.ThrowsAsync<SocketException>(() => received.WaitAsync(NetworkLab.Patience));
            Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
        }
    }

    [Fact]
    public async Task Delayed_packets_come_late_in_their_order_and_none_is_lost()
    {
        const int packets = 300;
        TimeSpan mean = TimeSpan.FromMilliseconds(40), spread = TimeSpan.FromMilliseconds(30);
        using NetworkLab lab = NetworkLab.Make(FeatureCatalogue.Nfqueue);
        Socket ofTarget = lab.Udp(lab.Target, NetworkLab.TargetAddress), ofPeer = lab.Udp(lab.Peer, NetworkLab.PeerAddress);
        string before = lab.Rules();
        await using (IArmedFault fault = await ArmAsync(lab, new NetworkFault { Action = NetworkAction.Delay, Protocol = "udp", Delay = new Delay(mean, spread), Direction = NetworkDirection.Out }))
        {
            Assert.Equal("nfqueue", fault.Mechanism);
            long[] sent = new long[packets];
            var receiving = Task.Run(() =>
            {
                byte[] buffer = new byte[4];
                for (int i = 0; i < packets; i++)
                {
                    ofPeer.Receive(buffer);
                    Assert.Equal(i, BitConverter.ToInt32(buffer));
                    TimeSpan held = Stopwatch.GetElapsedTime(Volatile.Read(ref sent[i]));
                    Assert.True(held >= mean - spread, $"packet {i} came after {held.TotalMilliseconds} ms");
                }
            });
            for (int i = 0; i < packets; i++)
            {
                sent[i] = Stopwatch.GetTimestamp();
                ofTarget.SendTo(BitConverter.GetBytes(i), ofPeer.LocalEndPoint!);
            }
            await receiving.WaitAsync(NetworkLab.Patience);
            Assert.Equal(packets, fault.Injected);
            Assert.Empty(fault.Findings);
        }
        Assert.Equal(before, lab.Rules());
    }

    [Fact]
    public async Task What_waits_when_a_delay_ends_goes_on_at_once()
    {
        using NetworkLab lab = NetworkLab.Make(FeatureCatalogue.Nfqueue);
        Socket ofTarget = lab.Udp(lab.Target, NetworkLab.TargetAddress), ofPeer = lab.Udp(lab.Peer, NetworkLab.PeerAddress);
        Task<int> received = ofPeer.ReceiveAsync(new byte[1]);
        await using (IArmedFault fault = await ArmAsync(lab, new NetworkFault { Action = NetworkAction.Delay, Protocol = "udp", Delay = new Delay(TimeSpan.FromHours(1), TimeSpan.Zero) }))
        {
            ofTarget.SendTo(s_byte, ofPeer.LocalEndPoint!);
            await NetworkLab.UntilAsync(() => fault.Injected == 1, "the packet is held");
            Assert.False(received.IsCompleted);
        }
        Assert.Equal(1, await received.WaitAsync(NetworkLab.Patience));
    }

    [Fact]
    public async Task A_rate_limits_what_is_sent_and_a_discipline_of_others_is_left_alone()
    {
        const int bitsPerSecond = 800_000, bytes = 60_000;
        using NetworkLab lab = NetworkLab.Make(FeatureCatalogue.Tbf);
        (Socket ofTarget, Socket ofPeer) = await lab.ConnectionAsync();
        string before = lab.Rules();
        var limit = new NetworkFault { Action = NetworkAction.Rate, BitsPerSecond = bitsPerSecond, Direction = NetworkDirection.Out };
        await using (IArmedFault fault = await ArmAsync(lab, limit))
        {
            var watch = Stopwatch.StartNew();
            Task sending = ofTarget.SendAsync(new byte[bytes]);
            byte[] buffer = new byte[bytes];
            for (int left = bytes; left > 0;) left -= await ofPeer.ReceiveAsync(buffer).WaitAsync(NetworkLab.Patience);
            await sending;
            // The bucket is full at first: what is in it is free.
            Assert.True(watch.Elapsed >= TimeSpan.FromSeconds((bytes - 10_000) * 8.0 / bitsPerSecond), $"{watch.Elapsed}");
            Assert.True(fault.Injected > 0);
        }
        Assert.Equal(before, lab.Rules());
        lab.Target.Within(() => SystemProgram.RunChecked("tc", "qdisc", "add", "dev", "fa", "root", "handle", "5:", "pfifo", "limit", "10"));
        FalterException inUse = await Assert.ThrowsAsync<FalterException>(() => ArmAsync(lab, limit));
        Assert.Equal("qdisc-in-use", Assert.Single(inUse.Findings).Code);
    }

    [Fact]
    public async Task Only_the_peers_and_ports_named_are_met()
    {
        using NetworkLab lab = NetworkLab.Make();
        Socket ofTarget = lab.Udp(lab.Target, NetworkLab.TargetAddress), first = lab.Udp(lab.Peer, NetworkLab.PeerAddress), second = lab.Udp(lab.Peer, NetworkLab.PeerAddress);
        int port = ((IPEndPoint)first.LocalEndPoint!).Port, other = ((IPEndPoint)second.LocalEndPoint!).Port;
        PeerPattern[] elsewhere = [new(IPNetwork.Parse("10.77.0.9/32"), null, null)], near = [new(IPNetwork.Parse("10.77.0.0/24"), new PortRange(port, port), null)];
        foreach ((NetworkFault fault, bool cut) in ((NetworkFault, bool)[])
        [
            (new() { Action = NetworkAction.Drop, Peers = elsewhere }, false),
            (new() { Action = NetworkAction.Drop, Peers = near }, true),
            (new() { Action = NetworkAction.Drop, Peers = [new(IPNetwork.Parse("fd77::/64"), null, null)] }, false),
            (new() { Action = NetworkAction.Drop, Ports = [new PortRange(port, port)] }, true),
            (new() { Action = NetworkAction.Drop, Protocol = "tcp" }, false),
            (new() { Action = NetworkAction.Drop, Protocol = "udp", Ports = [new PortRange(port, port)] }, true),
        ])
        {
            await using IArmedFault armed = await ArmAsync(lab, fault);
            await IgnoringRefusal(() => ofTarget.SendToAsync(s_byte, first.LocalEndPoint!));
            await ofTarget.SendToAsync(s_byte, second.LocalEndPoint!);
            // The packets of one sender come in their order, so that once the second is there the first will not come any more.
            Assert.Equal(1, await second.ReceiveAsync(new byte[1]).WaitAsync(NetworkLab.Patience));
            Assert.Equal(cut, first.Available == 0);
            Assert.Equal(cut ? 1 : 0, armed.Injected);
            if (!cut) first.Receive(new byte[1]);
        }
        Assert.NotEqual(port, other);
    }

    internal static async Task<IArmedFault> ArmAsync(NetworkLab lab, NetworkFault fault)
    {
        UndoJournal journal = UndoJournal.Open(InjectionRun.Keeper);
        NetworkScope scope = NetworkScope.Of([lab.Pid]);
        try
        {
            Assert.Null(scope.Group);
            return new WithScope(await NetworkFaults.ArmAsync(fault, scope, journal, 1), scope, journal);
        }
        catch
        {
            journal.Dispose();
            scope.Dispose();
            throw;
        }
    }

    private static async Task IgnoringRefusal(Func<Task> send)
    {
        try
        {
            await send();
        }
        catch (SocketException)
        {
            // EPERM of a packet that is dropped on its way out, or the error that an answer to it has already caused.
        }
    }

    /// <summary>A fault with what it stands on; the journal must be empty when it is undone.</summary>
    private sealed class WithScope(IArmedFault fault, NetworkScope scope, UndoJournal journal) : IArmedFault
    {
        public string Mechanism => fault.Mechanism;
        public string Undo => fault.Undo;
        public long Injected => fault.Injected;
        public IReadOnlyList<Finding> Findings => fault.Findings;

        public async ValueTask DisposeAsync()
        {
            await fault.DisposeAsync();
            Assert.Empty(journal.Left);
            journal.Dispose();
            scope.Dispose();
        }
    }
}
