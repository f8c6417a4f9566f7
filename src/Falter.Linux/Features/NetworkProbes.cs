using System.Buffers.Binary;
using Falter.Linux.Network;
using Falter.Records;
using Microsoft.Win32.SafeHandles;
using static Falter.Linux.Features.RawSyscall;

namespace Falter.Linux.Features;

/// <summary>Probes of packet filtering and of network namespaces. Nothing in any firewall is changed.</summary>
internal static unsafe class NetworkProbes
{
    private const int AF_NETLINK = 16, SOCK_RAW_CLOEXEC = 3 | 0x80000, NETLINK_NETFILTER = 12, CLONE_NEWNET = 0x40000000, MSG_DONTWAIT = 0x40;
    private const int NLMSG_ERROR = 2, NLM_F_REQUEST = 1, NLM_F_ACK = 4;
    private const int NFNL_SUBSYS_QUEUE = 3, NFNL_SUBSYS_NFTABLES = 10, NFT_MSG_GETGEN = 16, NFQNL_MSG_CONFIG = 2;

    /// <summary>Asks for the rule set's generation number.</summary>
    public static FeatureResult Nftables()
    {
        FeatureResult kernel = Ask("NFT_MSG_GETGEN", NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETGEN, []);
        if (kernel.State != FeatureState.Found) return kernel;
        return SystemProgram.Find("nft") is not null ? kernel : FeatureResult.Missing("the kernel has nftables; the command nft is not installed");
    }

    /// <summary>
    /// Sends the one queue command that does nothing: unbinding a protocol family is obsolete and only acknowledged
    /// (nfqnl_recv_config, net/netfilter/nfnetlink_queue.c).
    /// </summary>
    public static FeatureResult Nfqueue()
    {
        // struct nlattr { length 8, NFQA_CFG_CMD 1 }, struct nfqnl_msg_config_cmd { NFQNL_CFG_CMD_PF_UNBIND 4, pad, AF_INET in network order }
        ReadOnlySpan<byte> unbind = [8, 0, 1, 0, 4, 0, 0, 2];
        FeatureResult queues = Ask("NFQNL_MSG_CONFIG", NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_CONFIG, unbind);
        return queues.State != FeatureState.Found ? queues : InNewNamespace(() =>
        {
            using var rules = QueueTable.Make("falter-probe", 0, NetworkDirection.Both, owned: false);
            return FeatureResult.Found();
        });
    }

    /// <summary>Makes a table with an owner.</summary>
    public static FeatureResult NftOwner() => InNewNamespace(() => Tried("nft", "table inet falter-probe { flags owner; }"));

    /// <summary>Limits the loopback of a new namespace.</summary>
    public static FeatureResult Tbf() => InNewNamespace(() => Tried("tc", "qdisc", "add", "dev", "lo", "root", "tbf", "rate", "1mbit", "burst", "3200", "latency", "1ms"));

    /// <summary>A thread of its own enters a new namespace, which ends with the thread.</summary>
    public static FeatureResult Namespaces()
    {
        long result = 0;
        var moved = new Thread(() => result = Call(SYS_unshare, CLONE_NEWNET)) { IsBackground = true, Name = "namespace probe" };
        moved.Start();
        moved.Join();
        if (result == 0) return FeatureResult.Found();
        return result == -EPERM && !Privileges.Has(Privileges.CAP_SYS_ADMIN) ? FeatureResult.CouldNotTell("needs root") : FeatureResult.Missing($"unshare(CLONE_NEWNET): {Name(result)}");
    }

    private static FeatureResult InNewNamespace(Func<FeatureResult> probe)
    {
        if (!Privileges.Has(Privileges.CAP_SYS_ADMIN) || !Privileges.Has(Privileges.CAP_NET_ADMIN)) return FeatureResult.CouldNotTell("needs root");
        try
        {
            return NetworkNamespace.WithinNew(probe);
        }
        catch (Exception e) when (e is LinuxException or FalterException)
        {
            return FeatureResult.Missing(e.Message);
        }
    }

    private static FeatureResult Tried(string program, params string[] arguments)
    {
        if (SystemProgram.Find(program) is null) return FeatureResult.Missing($"the command {program} is not installed");
        ProgramOutcome outcome = SystemProgram.Run(program, arguments);
        return outcome.ExitCode == 0 ? FeatureResult.Found() : FeatureResult.Missing(outcome.Complaint);
    }

    private static FeatureResult Ask(string what, int type, ReadOnlySpan<byte> attributes)
    {
        if (!Privileges.Has(Privileges.CAP_NET_ADMIN)) return FeatureResult.CouldNotTell("needs root, or CAP_NET_ADMIN");
        long socket = Call(SYS_socket, AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_NETFILTER);
        if (socket < 0) return FeatureResult.Missing($"socket(AF_NETLINK, NETLINK_NETFILTER): {Name(socket)}");
        using var owned = new SafeFileHandle((nint)socket, ownsHandle: true);
        // struct nlmsghdr of 16 bytes, struct nfgenmsg of 4, the attributes.
        Span<byte> request = stackalloc byte[20 + attributes.Length];
        request.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(request, request.Length);
        BinaryPrimitives.WriteInt16LittleEndian(request[4..], (short)type);
        BinaryPrimitives.WriteInt16LittleEndian(request[6..], (short)(NLM_F_REQUEST | (attributes.Length > 0 ? NLM_F_ACK : 0)));
        attributes.CopyTo(request[20..]);
        Span<byte> reply = stackalloc byte[512];
        long received;
        fixed (byte* sent = request)
        fixed (byte* got = reply)
        {
            long result = Call(SYS_sendto, (nint)socket, (nint)sent, request.Length);
            if (result < 0) return FeatureResult.Missing($"{what}: {Name(result)}");
            // The kernel answers within sendto; there is nothing to wait for.
            received = Call(SYS_recvfrom, (nint)socket, (nint)got, reply.Length, MSG_DONTWAIT);
        }
        if (received < 20) return FeatureResult.CouldNotTell($"{what}: no answer");
        bool isError = BinaryPrimitives.ReadInt16LittleEndian(reply[4..]) == NLMSG_ERROR;
        int error = isError ? BinaryPrimitives.ReadInt32LittleEndian(reply[16..]) : 0;
        return error == 0 ? FeatureResult.Found() : FeatureResult.Missing($"{what}: {Name(error)}");
    }
}
