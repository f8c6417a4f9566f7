using System.Buffers.Binary;
using System.Text;

namespace Falter.Linux.Network;

/// <summary>Netlink messages of the netfilter subsystems in one buffer (include/uapi/linux/netlink.h, netfilter/nfnetlink.h). Numbers in attributes are in network order.</summary>
internal sealed class NetlinkMessage
{
    /// <summary><c>NLM_F_REQUEST</c>, <c>NLM_F_ACK</c>, <c>NLM_F_CREATE</c>.</summary>
    public const ushort Request = 1, Acknowledge = 4, Create = 0x400;

    // struct nlmsghdr (length u32, type u16, flags u16, sequence u32, port u32), then struct nfgenmsg (family u8, version u8, resource u16).
    private const int HeaderLength = 20;
    private const ushort NLA_F_NESTED = 0x8000;

    private byte[] _buffer = new byte[1024];
    private int _length, _message;

    /// <summary>What was put together.</summary>
    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, _length);

    /// <summary>Begins a message.</summary>
    public NetlinkMessage Begin(int subsystem, int type, ushort flags, byte family, ushort resource, uint sequence = 0)
    {
        _message = _length;
        Span<byte> header = Take(HeaderLength);
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], (ushort)(subsystem << 8 | type));
        BinaryPrimitives.WriteUInt16LittleEndian(header[6..], flags);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], sequence);
        header[16] = family;
        BinaryPrimitives.WriteUInt16BigEndian(header[18..], resource);
        return End();
    }

    public NetlinkMessage Attribute(int attribute, params ReadOnlySpan<byte> value)
    {
        Span<byte> all = Take(4 + value.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(all, (ushort)(4 + value.Length));
        BinaryPrimitives.WriteUInt16LittleEndian(all[2..], (ushort)attribute);
        value.CopyTo(all[4..]);
        Take((4 - _length % 4) % 4);
        return End();
    }

    public NetlinkMessage Number16(int attribute, ushort value) => Attribute(attribute, (byte)(value >> 8), (byte)value);

    public NetlinkMessage Number(int attribute, uint value) => Attribute(attribute, (byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value);

    public NetlinkMessage Text(int attribute, string value) => Attribute(attribute, Encoding.ASCII.GetBytes(value + '\0'));

    /// <summary>An attribute that holds others.</summary>
    public NetlinkMessage Nested(int attribute, Action<NetlinkMessage> content)
    {
        int start = _length;
        Attribute(attribute | NLA_F_NESTED);
        content(this);
        BinaryPrimitives.WriteUInt16LittleEndian(_buffer.AsSpan(start), (ushort)(_length - start));
        return this;
    }

    private Span<byte> Take(int count)
    {
        if (_length + count > _buffer.Length) Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + count));
        _length += count;
        return _buffer.AsSpan(_length - count, count);
    }

    private NetlinkMessage End()
    {
        BinaryPrimitives.WriteInt32LittleEndian(_buffer.AsSpan(_message), _length - _message);
        return this;
    }
}
