using Falter.Linux.Features;
using Falter.Linux.Network;
using Falter.Linux.Undo;
using Falter.Records;

namespace Falter.Inject;

/// <summary>Faults of a target's network: packets lost, refused, reset, delayed, or limited in rate.</summary>
public static class NetworkFaults
{
    internal const string NftablesName = "nftables", NfqueueName = "nfqueue", TbfName = "tbf";

    /// <summary>The names of the mechanisms.</summary>
    public static IReadOnlyList<string> Mechanisms { get; } = [NftablesName, NfqueueName, TbfName];

    /// <summary>What the fault would do, without doing it.</summary>
    /// <exception cref="FalterException">As <see cref="ArmAsync"/>.</exception>
    public static OutsideFaultPlan Plan(NetworkFault fault, NetworkScope scope)
    {
        Require(fault, scope);
        bool owned = FeatureCatalogue.NftOwner.WhyNot() is null;
        List<string> notes = [.. Notes(fault, scope)];
        if (scope.ToMove.Count > 0) notes.Add($"{scope.ToMove.Count} processes are moved into a control group made for them below {scope.Group!.Folder}, and back");
        if (!owned) notes.Add($"{FeatureCatalogue.NftOwner.WhyNot()}: the journal's keeper removes the rules where Falter is killed");
        return new OutsideFaultPlan(MechanismOf(fault), scope.Description, Does(fault), Undo(fault, owned), notes);
    }

    /// <summary>Why a fault cannot be armed for this scope; null where it can.</summary>
    public static IReadOnlyList<Finding>? RefusalOf(NetworkFault fault, NetworkScope scope)
    {
        try
        {
            Require(fault, scope);
            return null;
        }
        catch (FalterException e)
        {
            return e.Findings;
        }
    }

    /// <summary>Puts the fault in force; <see cref="Fault.After"/> and <see cref="Fault.For"/> are its caller's.</summary>
    /// <param name="fault">What.</param>
    /// <param name="scope">Whose packets. It must live as long as the fault does.</param>
    /// <param name="journal">Where everything that does not end by itself with this process is written before it is done.</param>
    /// <param name="seed">Decides the delays. Which packets are lost is the kernel's own chance.</param>
    /// <exception cref="FalterException">
    /// <c>rule-not-supported</c>: nothing does this in that scope; <c>feature-missing</c>, <c>not-root</c>, <c>prerequisite-missing</c>; <c>qdisc-in-use</c>;
    /// <c>rules-refused</c>: nft or the kernel refused. Nothing is left then.
    /// </exception>
    public static Task<IArmedFault> ArmAsync(NetworkFault fault, NetworkScope scope, UndoJournal journal, ulong seed) => Task.Run<IArmedFault>(() =>
    {
        Require(fault, scope);
        bool owned = FeatureCatalogue.NftOwner.WhyNot() is null;
        var armed = new ArmedNetworkFault(MechanismOf(fault), Undo(fault, owned), journal);
        try
        {
            armed.Begin(fault, scope, owned, seed);
            return armed;
        }
        catch
        {
            armed.End();
            throw;
        }
    });

    /// <summary>Devices are asked for where a rate is to limit what is sent.</summary>
    internal static bool LimitsDevices(NetworkFault fault) => fault.Action == NetworkAction.Rate && fault.Direction != NetworkDirection.In;

    private static string MechanismOf(NetworkFault fault) => fault.Action switch
    {
        NetworkAction.Delay => NfqueueName,
        NetworkAction.Rate when fault.Direction != NetworkDirection.In => TbfName,
        _ => NftablesName,
    };

    private static void Require(NetworkFault fault, NetworkScope scope)
    {
        if (Mistake(fault, scope) is { } mistake) throw FalterException.Usage("rule-not-supported", $"{fault}: {mistake}");
        FeatureCatalogue.Root.Require();
        if (fault.Action != NetworkAction.Rate || fault.Direction != NetworkDirection.Out) FeatureCatalogue.Nftables.Require();
        if (fault.Action == NetworkAction.Delay) FeatureCatalogue.Nfqueue.Require();
        if (!LimitsDevices(fault)) return;
        FeatureCatalogue.Tbf.Require();
        _ = DeviceLimit.DevicesOf(scope.Namespace);
    }

    private static string? Mistake(NetworkFault fault, NetworkScope scope)
    {
        if (fault.Peers.FirstOrDefault(p => p.Path is not null) is { } local) return $"peer={local} is a Unix socket, which has no packets; fail its calls instead, for example sendmsg,recvmsg:error=ECONNRESET:peer={local}";
        if (fault.Protocol is not (null or "tcp" or "udp")) return $"protocol={fault.Protocol}: expected tcp or udp";
        if (fault.Action == NetworkAction.Reset && fault.Protocol == "udp") return "only TCP has resets; take network:reject:protocol=udp";
        if (scope.Group is { } group && PacketTable.MistakeIn(group) is { } mistake) return mistake;
        if (fault.Action != NetworkAction.Rate) return null;
        if (scope.Group is not null) return "a rate limits whole devices, and the target shares its network with others; run it in a network namespace of its own (a container, ip netns exec), or take network:drop=";
        return fault.Peers.Count + fault.Ports.Count > 0 || fault.Protocol is not null ? "a rate limits whole devices; leave peer=, port= and protocol= out, or take network:drop= or network:delay=" : null;
    }

    private static string Does(NetworkFault fault)
    {
        string which = fault.Direction switch { NetworkDirection.In => "packets that the target receives", NetworkDirection.Out => "packets that the target sends", _ => "packets both ways" };
        return fault.Action switch
        {
            NetworkAction.Drop when fault.Share < 1 => $"{Shares.Format(fault.Share)} of the {which} are lost, each by a lot of its own",
            NetworkAction.Drop => $"all {which} are lost",
            NetworkAction.Reject => $"{which} are refused: connections that begin with a reset (ECONNREFUSED), all else with ICMP (EHOSTUNREACH)",
            NetworkAction.Reset => $"TCP {which} are answered with a reset (ECONNRESET)",
            NetworkAction.Delay => $"{which} are held for {fault.Delay}, and leave in their order",
            _ => FormattableString.Invariant($"{which}: {fault.BitsPerSecond} bit/s at most"),
        };
    }

    private static IEnumerable<string> Notes(NetworkFault fault, NetworkScope scope)
    {
        if (fault.Action == NetworkAction.Delay && fault.Direction == NetworkDirection.Both) yield return "each way is delayed: a round trip takes twice that longer";
        if (fault.Action == NetworkAction.Rate && fault.Direction != NetworkDirection.Out) yield return "what is received beyond the rate is lost, as nothing can make it wait";
        if (fault.Action == NetworkAction.Reset) yield return "a side is reset when it next sends; one that only waits is not";
        if (fault.Action == NetworkAction.Drop && fault.Share < 1) yield return "the kernel draws the lots, so another run loses other packets";
        if (scope.Group is not null) yield return "connections between the target's own processes are met too, twice where both ways are";
    }

    private static string Undo(NetworkFault fault, bool owned) => fault.Action switch
    {
        NetworkAction.Rate when fault.Direction != NetworkDirection.In => $"The kernel's own queueing discipline takes the limit's place; by hand: tc qdisc del dev DEVICE root handle {DeviceLimit.Handle}.",
        _ when owned => "The kernel removes the rules when Falter ends, in whatever way; by hand: end Falter.",
        _ => "The rules are removed; by hand: nft list tables, nft delete table inet falter-….",
    };
}
