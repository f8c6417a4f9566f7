using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Falter.Linux.Features;
using Falter.Linux.Interop;
using Falter.Linux.Network;

namespace Falter.Linux.Tests.Network;

/// <summary>
/// Two network namespaces of the test's own, joined by a pair of devices. Sockets that are opened within a namespace belong to it, though the test
/// itself stays in its own. Both are gone at the end, whatever happened.
/// </summary>
internal sealed class NetworkLab : IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    public static readonly IPAddress TargetAddress = IPAddress.Parse("10.77.0.1"), PeerAddress = IPAddress.Parse("10.77.0.2");
    public static readonly IPAddress TargetAddress6 = IPAddress.Parse("fd77::1"), PeerAddress6 = IPAddress.Parse("fd77::2");

    private static int s_count;
    private readonly string _target, _peer;
    private readonly List<Socket> _sockets = [];
    private readonly Process _process;

    private NetworkLab(string name)
    {
        (_target, _peer) = ($"{name}-a", $"{name}-b");
        try
        {
            Ip("netns", "add", _target);
            Ip("netns", "add", _peer);
            Ip("-n", _target, "link", "add", "fa", "type", "veth", "peer", "name", "fb", "netns", _peer);
            Furnish(_target, "fa", TargetAddress, TargetAddress6);
            Furnish(_peer, "fb", PeerAddress, PeerAddress6);
            Target = NetworkNamespace.Find(Inode.Of($"/run/netns/{_target}")!.Value)!;
            Peer = NetworkNamespace.Find(Inode.Of($"/run/netns/{_peer}")!.Value)!;
            _process = Target.Within(() => Process.Start(new ProcessStartInfo("sleep", "600") { UseShellExecute = false })!);
        }
        catch
        {
            RemoveNamespaces();
            throw;
        }
    }

    public NetworkNamespace Target { get; }

    public NetworkNamespace Peer { get; }

    /// <summary>A process that does nothing in the target's namespace: the target.</summary>
    public int Pid => _process.Id;

    /// <summary>Makes one; skips the test where that cannot be done, or a feature is missing.</summary>
    public static NetworkLab Make(params Feature[] features)
    {
        foreach (Feature feature in (Feature[])[FeatureCatalogue.Root, FeatureCatalogue.NetworkNamespaces, FeatureCatalogue.Nftables, .. features])
        {
            if (feature.WhyNot() is { } why) Assert.Skip(why);
        }
        if (SystemProgram.Find("ip") is null) Assert.Skip("iproute2 is not installed");
        return new NetworkLab($"falter-test-{Environment.ProcessId}-{Interlocked.Increment(ref s_count)}");
    }

    /// <summary>What the kernel holds of rules and disciplines in the target's namespace, to compare.</summary>
    public string Rules() => Target.Within(() => SystemProgram.Run("nft", "list", "ruleset").Output + SystemProgram.Run("tc", "qdisc", "show").Output);

    public Socket Udp(NetworkNamespace place, IPAddress address) => Bound(place, address, SocketType.Dgram, ProtocolType.Udp);

    /// <summary>A listening socket.</summary>
    public Socket Listener(NetworkNamespace place, IPAddress address)
    {
        Socket listener = Bound(place, address, SocketType.Stream, ProtocolType.Tcp);
        listener.Listen(16);
        return listener;
    }

    public Socket Tcp(NetworkNamespace place, AddressFamily family) => Kept(place.Within(() => new Socket(family, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }));

    /// <summary>An established connection from the target to the peer.</summary>
    public async Task<(Socket OfTarget, Socket OfPeer)> ConnectionAsync(bool version6 = false)
    {
        Socket listener = Listener(Peer, version6 ? PeerAddress6 : PeerAddress), client = Tcp(Target, version6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork);
        await client.ConnectAsync(listener.LocalEndPoint!).WaitAsync(Patience);
        return (client, Kept(await listener.AcceptAsync().WaitAsync(Patience)));
    }

    public Socket Kept(Socket socket)
    {
        _sockets.Add(socket);
        return socket;
    }

    public static async Task UntilAsync(Func<bool> condition, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < Patience, $"not within {Patience.TotalSeconds} s: {what}");
            await Task.Delay(5);
        }
    }

    public void Dispose()
    {
        foreach (Socket socket in _sockets) socket.Dispose();
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        Target.Dispose();
        Peer.Dispose();
        RemoveNamespaces();
    }

    private Socket Bound(NetworkNamespace place, IPAddress address, SocketType type, ProtocolType protocol)
    {
        Socket socket = Kept(place.Within(() => new Socket(address.AddressFamily, type, protocol)));
        socket.ReceiveBufferSize = 4 << 20;
        socket.Bind(new IPEndPoint(address, 0));
        return socket;
    }

    private static void Furnish(string name, string device, IPAddress address, IPAddress address6)
    {
        Ip("-n", name, "link", "set", "lo", "up");
        Ip("-n", name, "addr", "add", $"{address}/24", "dev", device);
        // Without looking for a duplicate first: the address would not be usable for a second.
        Ip("-n", name, "addr", "add", $"{address6}/64", "dev", device, "nodad");
        Ip("-n", name, "link", "set", device, "up");
    }

    private void RemoveNamespaces()
    {
        foreach (string name in (string[])[_target, _peer]) SystemProgram.Run("ip", "netns", "del", name);
    }

    private static void Ip(params string[] arguments) => SystemProgram.RunChecked("ip", arguments);
}
