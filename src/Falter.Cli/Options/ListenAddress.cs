using System.Globalization;
using System.Net;

namespace Falter.Cli;

/// <summary>Reads where to listen: <c>127.0.0.1:9435</c>, <c>[::1]:9435</c>, <c>:9435</c>, <c>0.0.0.0:9435</c>.</summary>
internal static class ListenAddress
{
    /// <summary>The endpoint; without an address that of this machine alone. Port 0 lets the kernel choose.</summary>
    public static bool TryParse(string text, out IPEndPoint endPoint, out string problem)
    {
        int colon = text.LastIndexOf(':');
        string host = colon < 0 ? text : text[..colon];
        endPoint = new IPEndPoint(IPAddress.Loopback, 0);
        problem = $"'{text}' is no address to listen on; expected for example :9435 (this machine alone), 127.0.0.1:9435, [::1]:9435 or 0.0.0.0:9435";
        // Only whole numbers: the platform would take "9435" for an address and "0x24db" for a port.
        if (colon < 0 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) || AddressOf(host) is not { } address) return false;
        endPoint = new IPEndPoint(address, port);
        return true;
    }

    private static IPAddress? AddressOf(string host)
    {
        if (host.Length == 0 || host == "localhost") return IPAddress.Loopback;
        bool isV6 = host is ['[', .., ']'];
        string bare = isV6 ? host[1..^1] : host;
        bool hasForm = isV6 ? bare.Contains(':') : bare.Count(c => c == '.') == 3;
        return hasForm && IPAddress.TryParse(bare, out IPAddress? address) ? address : null;
    }
}
