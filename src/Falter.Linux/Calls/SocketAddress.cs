using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Falter.Linux.Calls;

/// <summary>An address of a socket: of the network, or the path (with <c>@</c>: the abstract name) of a Unix socket; one of the two.</summary>
public sealed record SocketAddress(IPEndPoint? Network, string? Path)
{
    private const ushort AF_UNIX = 1, AF_INET = 2, AF_INET6 = 10;

    /// <summary>Reads a <c>struct sockaddr</c>; null where it is of another family, or of no address.</summary>
    public static SocketAddress? Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 2) return null;
        return BitConverter.ToUInt16(bytes) switch
        {
            AF_INET when bytes.Length >= 8 => new(new IPEndPoint(new IPAddress(bytes.Slice(4, 4)), BinaryPrimitives.ReadUInt16BigEndian(bytes[2..])), null),
            AF_INET6 when bytes.Length >= 24 => new(new IPEndPoint(new IPAddress(bytes.Slice(8, 16)), BinaryPrimitives.ReadUInt16BigEndian(bytes[2..])), null),
            AF_UNIX when bytes.Length > 2 => new(null, UnixName(bytes[2..])),
            _ => null,
        };
    }

    /// <inheritdoc/>
    public override string ToString() => Network?.ToString() ?? Path!;

    private static string UnixName(ReadOnlySpan<byte> bytes)
    {
        // An abstract name begins with a zero and may hold others.
        if (bytes[0] == 0) return '@' + Encoding.UTF8.GetString(bytes[1..]);
        int end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }
}
