using System.Net;

namespace Falter.Records;

/// <summary>Addresses of peers: a network and ports (<c>10.0.0.0/8:5432</c>, <c>[::1]:80</c>), or the path of a Unix socket (<c>/run/db.sock</c>, a glob).</summary>
/// <param name="Network">The network; null: any address.</param>
/// <param name="Ports">Its ports; null: any.</param>
/// <param name="Path">The Unix socket; null: none. Never together with the others. An abstract name begins with <c>@</c>.</param>
public sealed record PeerPattern(IPNetwork? Network, PortRange? Ports, Glob? Path)
{
    /// <summary>Whether an address on the network is one of them. An IPv4 address that is written as IPv6 is the IPv4 address.</summary>
    public bool Matches(IPEndPoint peer)
    {
        IPAddress address = peer.Address.IsIPv4MappedToIPv6 ? peer.Address.MapToIPv4() : peer.Address;
        return Path is null && (Network is not { } network || network.Contains(address)) && (Ports is not { } ports || ports.Contains(peer.Port));
    }

    /// <summary>Whether a Unix socket is it.</summary>
    public bool Matches(string socket) => Path?.Matches(socket) == true;

    /// <summary>As it is written.</summary>
    public override string ToString()
    {
        if (Path is not null) return Path.ToString();
        if (Network is not { } network) return Ports is { } any ? $":{any}" : "*";
        bool single = network.PrefixLength == (network.BaseAddress.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? 128 : 32);
        string address = single ? network.BaseAddress.ToString() : network.ToString();
        return Ports is { } ports ? $"{(address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address)}:{ports}" : address;
    }
}
