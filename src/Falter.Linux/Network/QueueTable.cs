using System.Buffers.Binary;
using Falter.Records;

namespace Falter.Linux.Network;

/// <summary>
/// The tables (one for IPv4, one for IPv6) that hand marked packets to a queue. Made without the program <c>nft</c>, which cannot name the target NFQUEUE of
/// xtables: kernels that lack nftables' own queue statement (CONFIG_NFT_QUEUE) mostly have that one (CONFIG_NETFILTER_XT_TARGET_NFQUEUE, CONFIG_NFT_COMPAT).
/// They belong to this object's socket: the kernel removes them when it is closed, also by the end of this process. Where nobody listens to the
/// queue, packets go on (bypass).
/// </summary>
internal sealed class QueueTable : IDisposable
{
    // include/uapi/linux/netfilter/nfnetlink.h, nf_tables.h
    private const int Nftables = 10, BATCH_BEGIN = 0x10, BATCH_END = 0x11, NEWTABLE = 0, NEWCHAIN = 3, NEWRULE = 6;
    private const int NFTA_EXPR_NAME = 1, NFTA_EXPR_DATA = 2, NFTA_LIST_ELEM = 1, NFTA_DATA_VALUE = 1;
    private const uint NFT_TABLE_F_OWNER = 2, NFT_META_MARK = 3, NFT_REG_1 = 1, NFT_CMP_EQ = 0, NF_ACCEPT = 1;
    private const byte NFPROTO_IPV4 = 2, NFPROTO_IPV6 = 10;
    private const uint NF_INET_LOCAL_IN = 1, NF_INET_LOCAL_OUT = 3;

    private readonly NetfilterSocket _socket;

    private QueueTable(NetfilterSocket socket) => _socket = socket;

    /// <summary>Makes the tables in the calling thread's namespace.</summary>
    /// <exception cref="FalterException"><c>feature-missing</c>: the kernel has no way to queue packets.</exception>
    public static QueueTable Make(string name, ushort queue, NetworkDirection direction, bool owned)
    {
        Errno? error = null;
        foreach (Action<NetlinkMessage, ushort> expression in (Action<NetlinkMessage, ushort>[])[NativeQueue, XtablesQueue])
        {
            // A socket for each: every rule that is refused is answered, and those answers would be taken for the next batch's.
            NetfilterSocket socket = NetfilterSocket.Open();
            error = socket.Ask(Batch(name, queue, direction, owned, expression), 2);
            if (error is null) return new QueueTable(socket);
            socket.Dispose();
        }
        throw FalterException.Cannot("feature-missing", $"the kernel refused to queue packets ({error}); it needs CONFIG_NFT_QUEUE, or CONFIG_NFT_COMPAT and CONFIG_NETFILTER_XT_TARGET_NFQUEUE");
    }

    /// <summary>Removes the tables, where they are owned.</summary>
    public void Dispose() => _socket.Dispose();

    /// <summary>All or nothing: a batch whose last message, the last rule, is acknowledged as number 2.</summary>
    private static NetlinkMessage Batch(string name, ushort queue, NetworkDirection direction, bool owned, Action<NetlinkMessage, ushort> expression)
    {
        NetlinkMessage batch = new NetlinkMessage().Begin(0, BATCH_BEGIN, NetlinkMessage.Request, 0, Nftables);
        (string Chain, uint Hook)[] hooks =
        [
            .. direction != NetworkDirection.In ? [("output", NF_INET_LOCAL_OUT)] : Array.Empty<(string, uint)>(),
            .. direction != NetworkDirection.Out ? [("input", NF_INET_LOCAL_IN)] : Array.Empty<(string, uint)>(),
        ];
        foreach (byte family in (byte[])[NFPROTO_IPV4, NFPROTO_IPV6])
        {
            batch.Begin(Nftables, NEWTABLE, NetlinkMessage.Request | NetlinkMessage.Create, family, 0, 1).Text(1, name).Number(2, owned ? NFT_TABLE_F_OWNER : 0);
            foreach ((string chain, uint hook) in hooks)
            {
                batch.Begin(Nftables, NEWCHAIN, NetlinkMessage.Request | NetlinkMessage.Create, family, 0, 1).Text(1, name).Text(3, chain)
                    .Nested(4, n => n.Number(1, hook).Number(2, unchecked((uint)PacketRules.QueuePriority))).Number(5, NF_ACCEPT).Text(7, "filter");
                bool last = family == NFPROTO_IPV6 && chain == hooks[^1].Chain;
                ushort flags = (ushort)(NetlinkMessage.Request | NetlinkMessage.Create | (last ? NetlinkMessage.Acknowledge : 0));
                batch.Begin(Nftables, NEWRULE, flags, family, 0, last ? 2u : 1u).Text(1, name).Text(2, chain).Nested(4, n =>
                {
                    SelectMarked(n);
                    expression(n, queue);
                });
            }
        }
        return batch.Begin(0, BATCH_END, NetlinkMessage.Request, 0, Nftables);
    }

    /// <summary><c>meta mark and MARK == MARK</c>. Registers hold the mark in the machine's order, so data must too.</summary>
    private static void SelectMarked(NetlinkMessage rule)
    {
        byte[] mark = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(mark, PacketRules.Mark);
        Expression(rule, "meta", d => d.Number(1, NFT_REG_1).Number(2, NFT_META_MARK));
        Expression(rule, "bitwise", d => d.Number(1, NFT_REG_1).Number(2, NFT_REG_1).Number(3, 4)
            .Nested(4, v => v.Attribute(NFTA_DATA_VALUE, mark)).Nested(5, v => v.Attribute(NFTA_DATA_VALUE, new byte[4])));
        Expression(rule, "cmp", d => d.Number(1, NFT_REG_1).Number(2, NFT_CMP_EQ).Nested(3, v => v.Attribute(NFTA_DATA_VALUE, mark)));
    }

    private static void NativeQueue(NetlinkMessage rule, ushort queue)
    {
        const ushort NFT_QUEUE_FLAG_BYPASS = 1;
        Expression(rule, "queue", d => d.Number16(1, queue).Number16(2, 1).Number16(3, NFT_QUEUE_FLAG_BYPASS));
    }

    private static void XtablesQueue(NetlinkMessage rule, ushort queue)
    {
        // struct xt_NFQ_info_v3 { __u16 queuenum, queues_total, flags }, padded to 8 (XT_ALIGN), in the machine's order. Revision 3 is in 3.14.
        const byte NFQ_FLAG_BYPASS = 1;
        byte[] information = [(byte)queue, (byte)(queue >> 8), 1, 0, NFQ_FLAG_BYPASS, 0, 0, 0];
        Expression(rule, "target", d => d.Text(1, "NFQUEUE").Number(2, 3).Attribute(3, information));
    }

    private static void Expression(NetlinkMessage rule, string name, Action<NetlinkMessage> data) =>
        rule.Nested(NFTA_LIST_ELEM, e => e.Text(NFTA_EXPR_NAME, name).Nested(NFTA_EXPR_DATA, data));
}
