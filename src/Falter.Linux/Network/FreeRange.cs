using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Falter.Records;

namespace Falter.Linux.Network;

/// <summary>Finds a range of private addresses that nothing here uses: no device has an address in it, and no route leads into it.</summary>
public static class FreeRange
{
    // 256 addresses: the bridge and 200 roles.
    private const int PrefixLength = 24;

    // RFC 1918, and RFC 2544 for networks under test. In this order: 10.x is the one that others use least beyond its beginning.
    private static readonly IPNetwork[] s_private = [IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("172.16.0.0/12"), IPNetwork.Parse("192.168.0.0/16"), IPNetwork.Parse("198.18.0.0/15")];

    // How many of each are tried: one that is routed as a whole is given up soon.
    private const int Tries = 256;

    /// <summary>A range that is free now.</summary>
    /// <exception cref="FalterException"><c>network-not-free</c>.</exception>
    internal static IPNetwork Find() => Choose(Used(), Random.Shared.Next()) ??
        throw FalterException.Cannot("network-not-free", $"no range of private addresses is free: routes lead into all of {string.Join(", ", s_private)} (ip route show table all); remove one, or take network: host");

    /// <summary>A range that overlaps no other; null where there is none among those tried.</summary>
    /// <param name="used">What is in use.</param>
    /// <param name="start">Where the search begins: two that search at once should not find the same.</param>
    public static IPNetwork? Choose(IReadOnlyCollection<IPNetwork> used, int start)
    {
        foreach (IPNetwork whole in s_private)
        {
            int count = 1 << (PrefixLength - whole.PrefixLength);
            for (int i = 0; i < Math.Min(count, Tries); i++)
            {
                // A step that is odd meets every range of a number that is a power of two.
                int number = (int)(((long)(uint)start + (i * 79L)) % count);
                var range = new IPNetwork(AddressIn(whole, number << (32 - PrefixLength)), PrefixLength);
                if (!used.Any(u => Overlap(u, range))) return range;
            }
        }
        return null;
    }

    /// <summary>The address of a number in a range, from 0.</summary>
    public static IPAddress AddressIn(IPNetwork range, int number)
    {
        byte[] bytes = range.BaseAddress.GetAddressBytes();
        uint address = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes) + (uint)number;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bytes, address);
        return new IPAddress(bytes);
    }

    private static bool Overlap(IPNetwork a, IPNetwork b) => a.Contains(b.BaseAddress) || b.Contains(a.BaseAddress);

    /// <summary>Where routes of this network lead, its own addresses included (table local); the default route leads everywhere and says nothing.</summary>
    private static List<IPNetwork> Used()
    {
        using var routes = JsonDocument.Parse(SystemProgram.RunChecked("ip", "-4", "-json", "route", "show", "table", "all"));
        var used = new List<IPNetwork>();
        foreach (JsonElement route in routes.RootElement.EnumerateArray())
        {
            string text = route.TryGetProperty("dst", out JsonElement to) ? to.GetString() ?? "" : "";
            if (IPNetwork.TryParse(text, out IPNetwork range) && range.PrefixLength > 0) used.Add(range);
            else if (IPAddress.TryParse(text, out IPAddress? address) && address.AddressFamily == AddressFamily.InterNetwork) used.Add(new IPNetwork(address, 32));
        }
        return used;
    }
}
