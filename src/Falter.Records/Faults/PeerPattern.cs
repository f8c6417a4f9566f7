using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Falter.Records;

/// <summary>Addresses of peers: a network and ports (<c>10.0.0.0/8:5432</c>, <c>[::1]:80</c>), or the path of a Unix socket (<c>/run/db.sock</c>, a glob).</summary>
/// <param name="Network">The network; null: any address.</param>
/// <param name="Ports">Its ports; null: any.</param>
/// <param name="Path">The Unix socket; null: none. Never together with the others. An abstract name begins with <c>@</c>.</param>
public sealed record PeerPattern(IPNetwork? Network, PortRange? Ports, Glob? Path)
{
    private const string Examples = "expected for example 10.0.0.0/8:5432, [::1]:80, *:443, /run/db.sock or @abstract";

    /// <summary>Reads a pattern.</summary>
    /// <param name="text">What the user wrote.</param>
    /// <param name="pattern">The pattern.</param>
    /// <param name="problem">What is wrong and an example, where the result is false.</param>
    public static bool TryParse(string text, [MaybeNullWhen(false)] out PeerPattern pattern, out string problem)
    {
        pattern = null;
        if (text is ['/' or '@', ..])
        {
            if (Glob.TryParse(text, out Glob? path, out problem)) pattern = new PeerPattern(null, null, path);
            return pattern is not null;
        }
        if (!TryTakeApart(text, out string address, out string bits, out string ports) || address is "" or "*" && bits.Length > 0)
        {
            problem = $"'{text}' is no address; {Examples}";
            return false;
        }
        PortRange? range = null;
        if (ports is not ("" or "*"))
        {
            if (!PortRange.TryParse(ports, out PortRange read, out problem)) return false;
            range = read;
        }
        IPNetwork? network = null;
        if (address is not ("" or "*") && !TryReadNetwork(text, address, bits, out network, out problem)) return false;
        problem = "";
        pattern = new PeerPattern(network, range, null);
        return true;
    }

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
        if (Network is not { } network) return Ports is { } any ? $"*:{any}" : "*";
        bool isV6 = network.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6;
        string address = isV6 ? $"[{network.BaseAddress}]" : network.BaseAddress.ToString();
        string bits = network.PrefixLength == (isV6 ? 128 : 32) ? "" : FormattableString.Invariant($"/{network.PrefixLength}");
        return address + bits + (Ports is { } ports ? $":{ports}" : "");
    }

    private static bool TryTakeApart(string text, out string address, out string bits, out string ports)
    {
        (address, bits, ports) = (text, "", "");
        string behind = "";
        if (text is ['[', ..])
        {
            int end = text.IndexOf(']');
            if (end < 0) return false;
            (address, behind) = (text[1..end], text[(end + 1)..]);
            // An address in brackets is one of IPv6; 10.0.0.1 needs none.
            if (!address.Contains(':')) return false;
        }
        else if (text.Count(':') == 1)
        {
            (address, behind) = (text[..text.IndexOf(':')], text[text.IndexOf(':')..]);
        }
        int colon = behind.IndexOf(':');
        if (colon >= 0) (behind, ports) = (behind[..colon], behind[(colon + 1)..]);
        if (colon >= 0 && ports.Length == 0) return false;
        if (behind is ['/', .. var outside]) bits = outside;
        else if (behind.Length > 0) return false;
        int slash = address.IndexOf('/');
        if (slash < 0) return text.Length > 0;
        if (bits.Length > 0) return false;
        (address, bits) = (address[..slash], address[(slash + 1)..]);
        return bits.Length > 0;
    }

    private static bool TryReadNetwork(string text, string address, string bits, out IPNetwork? network, out string problem)
    {
        network = null;
        problem = address.Any(char.IsAsciiLetter) && !address.Contains(':')
            ? $"'{text}': names of hosts are not looked up, since their addresses change; write the address (`getent hosts {address}` tells it)"
            : $"'{text}' is no address; {Examples}";
        if (!IPAddress.TryParse(address, out IPAddress? read) || address.Contains('%')) return false;
        // inet_aton's short and octal forms are taken by the framework, and are hardly meant.
        if (read.AddressFamily == AddressFamily.InterNetwork && read.ToString() != address) return false;
        int width = read.AddressFamily == AddressFamily.InterNetworkV6 ? 128 : 32;
        int length = width;
        if (bits.Length > 0 && (!int.TryParse(bits, NumberStyles.None, CultureInfo.InvariantCulture, out length) || length > width))
        {
            problem = $"'{text}': '{bits}' is no length of a network's prefix; expected 0 to {width}, {Examples}";
            return false;
        }
        if (read.IsIPv4MappedToIPv6 && length >= 96) (read, length) = (read.MapToIPv4(), length - 96);
        network = new IPNetwork(Masked(read, length), length);
        return true;
    }

    // 10.1.2.3/8 means the network that holds 10.1.2.3.
    private static IPAddress Masked(IPAddress address, int bits)
    {
        byte[] bytes = address.GetAddressBytes();
        for (int i = 0; i < bytes.Length; i++)
        {
            int kept = Math.Clamp(bits - 8 * i, 0, 8);
            bytes[i] &= (byte)(0xFF << (8 - kept));
        }
        return new IPAddress(bytes);
    }
}
