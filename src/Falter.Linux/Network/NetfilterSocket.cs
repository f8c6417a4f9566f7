using System.Buffers.Binary;
using Falter.Linux.Interop;
using Falter.Records;

namespace Falter.Linux.Network;

/// <summary>A netlink socket to netfilter, in the namespace of the thread that opened it.</summary>
internal sealed unsafe class NetfilterSocket : IDisposable
{
    private const int NLMSG_ERROR = 2, HeaderLength = 16;
    private const int AnswerLimitMilliseconds = 5000;

    private readonly Descriptor _descriptor;

    private NetfilterSocket(Descriptor descriptor) => _descriptor = descriptor;

    public Descriptor Descriptor => _descriptor;

    public static NetfilterSocket Open()
    {
        var descriptor = new Descriptor(Libc.Checked(Libc.socket(Libc.AF_NETLINK, Libc.SOCK_RAW | Libc.SOCK_CLOEXEC, Libc.NETLINK_NETFILTER), "socket(AF_NETLINK, NETLINK_NETFILTER)"));
        try
        {
            // struct sockaddr_nl: the family; the kernel chooses the port.
            Span<byte> address = stackalloc byte[12];
            address.Clear();
            address[0] = Libc.AF_NETLINK;
            fixed (byte* pointer = address) Libc.Checked(Libc.bind(descriptor.Number, pointer, (uint)address.Length), "bind(AF_NETLINK)");
            return new NetfilterSocket(descriptor);
        }
        catch
        {
            descriptor.Dispose();
            throw;
        }
    }

    public void Send(NetlinkMessage message)
    {
        fixed (byte* bytes = message.Bytes)
        {
            Libc.Checked((int)Libc.send(_descriptor.Number, bytes, (nuint)message.Bytes.Length, 0), "send(NETLINK_NETFILTER)");
        }
    }

    /// <summary>Sends messages of which the last asks to be acknowledged.</summary>
    /// <returns>The first error; null where all went well.</returns>
    public Errno? Ask(NetlinkMessage message, uint acknowledged)
    {
        Send(message);
        byte[] buffer = new byte[8192];
        Errno? first = null;
        while (pollfd_t.Poll([pollfd_t.For(_descriptor, Libc.POLLIN)], AnswerLimitMilliseconds) > 0)
        {
            int received = Receive(buffer);
            for (int at = 0; at + HeaderLength + 4 <= received;)
            {
                ReadOnlySpan<byte> one = buffer.AsSpan(at, received - at);
                if (BinaryPrimitives.ReadUInt16LittleEndian(one[4..]) == NLMSG_ERROR)
                {
                    int error = BinaryPrimitives.ReadInt32LittleEndian(one[HeaderLength..]);
                    if (error != 0) first ??= new Errno((short)-error);
                    if (first is not null || BinaryPrimitives.ReadUInt32LittleEndian(one[8..]) == acknowledged) return first;
                }
                at += Math.Max(HeaderLength, BinaryPrimitives.ReadInt32LittleEndian(one) + 3 & ~3);
            }
        }
        throw new LinuxException("recv(NETLINK_NETFILTER)", Errno.ETIMEDOUT);
    }

    /// <summary>What has arrived; 0 where nothing has.</summary>
    public int Receive(Span<byte> buffer)
    {
        fixed (byte* bytes = buffer)
        {
            return (int)Math.Max(0, Libc.recv(_descriptor.Number, bytes, (nuint)buffer.Length, Libc.MSG_DONTWAIT));
        }
    }

    /// <summary>Sets an option of type int; one that the kernel does not grant is only less comfortable.</summary>
    public void TrySet(int level, int option, int value) => _ = Libc.setsockopt(_descriptor.Number, level, option, &value, sizeof(int));

    public void Dispose() => _descriptor.Dispose();
}
