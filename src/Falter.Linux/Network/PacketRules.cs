using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Falter.Linux.Cgroup;
using Falter.Records;

namespace Falter.Linux.Network;

/// <summary>
/// A network fault as chains of nftables. Two base chains see what the target sends and receives; rules select, and go to the one chain that acts. They
/// ask for no connection state, so that connections which are there already are met too.
/// </summary>
internal static class PacketRules
{
    /// <summary>The counter of packets that were acted on.</summary>
    public const string Counter = "injected";

    /// <summary>
    /// Before connection tracking (-200) on the way out, so that a packet that is dropped has never been; on the way in all of netfilter's input hook
    /// comes after it, and an address that was translated is the target's own view of it again.
    /// </summary>
    private const int Priority = -350;

    /// <summary>What is between the marking of a packet and the removal of the mark: <see cref="QueueTable"/>.</summary>
    public const int QueuePriority = Priority + 1;

    /// <summary>
    /// One bit of the packet's mark, set only between two priorities of one hook: nothing but <see cref="QueueTable"/> ever sees it. A packet that bears
    /// it already (no project known to us uses this bit) would be delayed too, and lose it.
    /// </summary>
    public const uint Mark = 1u << 27;

    // A lot is one of a million: the finest share that a rule can have.
    private const int Lots = 1_000_000;

    /// <summary>The content of a table of the family inet.</summary>
    /// <param name="fault">What is done, and to which packets.</param>
    /// <param name="group">Only packets of sockets of this group; null: of the whole namespace, whose loopback is left alone unless a peer is named.</param>
    public static string Of(NetworkFault fault, ControlGroup? group)
    {
        List<string> lines = [$"counter {Counter} {{ }}", $"chain act {{ {Act(fault)}; }}"];
        foreach (bool outward in Directions(fault))
        {
            string hook = outward ? "output" : "input";
            List<string> rules = [];
            if (group is null && fault.Peers.Count == 0) rules.Add($"{(outward ? "oifname" : "iifname")} \"lo\" return");
            // The neighbours of IPv6 are found by ICMP; those of IPv4, by ARP, never come here. Without this, a link would come back later than the fault ends.
            if (fault.Protocol is null && fault.Action != NetworkAction.Reset) rules.Add("icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } return");
            // The messages of a refusal pass the same chains on the machine that refuses: they must not be refused themselves.
            if (fault.Action == NetworkAction.Reject) rules.AddRange(["icmp type destination-unreachable return", "icmpv6 type destination-unreachable return", "tcp flags & rst == rst return"]);
            rules.AddRange(Selections(fault, outward).Select(s => $"{(group is null ? "" : SocketOf(group) + " ")}{s} goto act"));
            lines.Add($"chain {hook} {{ type filter hook {hook} priority {Priority}; policy accept; {string.Join("; ", rules)}; }}");
            if (fault.Action == NetworkAction.Delay) lines.Add(UnmarkingChain(hook));
        }
        return string.Join(" ", lines.Select(l => $"{l};"));
    }

    private static string UnmarkingChain(string hook) => string.Create(CultureInfo.InvariantCulture,
        $"chain {hook}_after {{ type filter hook {hook} priority {QueuePriority + 1}; policy accept; meta mark and {Mark} == {Mark} meta mark set meta mark and {~Mark}; }}");

    private static IEnumerable<bool> Directions(NetworkFault fault)
    {
        // What is sent is limited by a queueing discipline instead: it makes packets wait before it loses them.
        if (fault.Direction != NetworkDirection.In && fault.Action != NetworkAction.Rate) yield return true;
        if (fault.Direction != NetworkDirection.Out) yield return false;
    }

    private static string Act(NetworkFault fault) => fault.Action switch
    {
        NetworkAction.Drop => fault.Share < 1
            ? string.Create(CultureInfo.InvariantCulture, $"numgen random mod {Lots} < {Math.Max(1, (long)Math.Round(fault.Share * Lots))} counter name {Counter} drop")
            : $"counter name {Counter} drop",
        // A connection that begins is refused at once by a reset. An ICMP message would be lost on the sender's own machine, as its socket is busy with
        // the call that sends (tcp_v4_err, LINUX_MIB_LOCKDROPPEDICMPS), and connect would end only after the second try, a second later.
        NetworkAction.Reject => $"tcp flags & (syn | ack) == syn counter name {Counter} reject with tcp reset; counter name {Counter} reject with icmpx type admin-prohibited",
        // A reset is never answered with a reset; what resets others (also the ones made here) goes through.
        NetworkAction.Reset => $"tcp flags & rst == 0 counter name {Counter} reject with tcp reset",
        NetworkAction.Delay => string.Create(CultureInfo.InvariantCulture, $"counter name {Counter} meta mark set meta mark or {Mark}"),
        // A tenth of a second of it may come at once.
        NetworkAction.Rate => string.Create(CultureInfo.InvariantCulture,
            $"limit rate over {Math.Max(1, fault.BitsPerSecond!.Value / 8)} bytes/second burst {Math.Max(3000, fault.BitsPerSecond.Value / 80)} bytes counter name {Counter} drop"),
        _ => throw new ArgumentOutOfRangeException(nameof(fault), fault.Action, "no packet rule does this"),
    };

    /// <summary>The texts that select packets, one per peer and side of a port; any of them is enough.</summary>
    private static IEnumerable<string> Selections(NetworkFault fault, bool outward)
    {
        string? protocol = fault.Action == NetworkAction.Reset ? "tcp" : fault.Protocol;
        string[] peers = fault.Peers.Count == 0 ? [""] : [.. fault.Peers.Select(p => OfPeer(p, outward))];
        string ports = string.Join(", ", fault.Ports);
        string[] sides = ports.Length == 0 ? [""] : [$"th sport {{ {ports} }}", $"th dport {{ {ports} }}"];
        bool anyPorts = ports.Length > 0 || fault.Peers.Any(p => p.Ports is not null);
        // Port numbers are only where the protocol has some; of others, the same bytes mean something else.
        string kind = protocol is not null ? $"meta l4proto {protocol}" : anyPorts ? "meta l4proto { tcp, udp, sctp, dccp, udplite }" : "";
        return from peer in peers from side in sides select string.Join(' ', new[] { kind, peer, side }.Where(t => t.Length > 0));
    }

    private static string OfPeer(PeerPattern peer, bool outward)
    {
        string end = outward ? "d" : "s";
        string address = peer.Network is { } network ? $"{(network.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6 ? "ip6" : "ip")} {end}addr {network}" : "";
        return string.Join(' ', new[] { address, peer.Ports is { } ports ? $"th {end}port {ports}" : "" }.Where(t => t.Length > 0));
    }

    /// <summary>
    /// The kernel looks up the socket that a packet belongs to, also on its way in, and compares the group's ancestor at a depth (net/netfilter/nft_socket.c,
    /// 5.13). nft names a group by its folder below /sys/fs/cgroup, wherever the unified hierarchy is mounted there.
    /// </summary>
    private static string SocketOf(ControlGroup group)
    {
        int depth = group.Path.Split('/', StringSplitOptions.RemoveEmptyEntries).Length;
        return string.Create(CultureInfo.InvariantCulture, $"socket cgroupv2 level {depth} \"{Path.GetRelativePath("/sys/fs/cgroup", group.Folder)}\"");
    }
}
