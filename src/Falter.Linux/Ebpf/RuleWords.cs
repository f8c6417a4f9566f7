using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Falter.Records;

namespace Falter.Linux.Ebpf;

/// <summary>Rules in the words of bpf/rule_wire.h.</summary>
internal static class RuleWords
{
    // The kernel's numbers of <linux/socket.h>.
    private const uint AF_INET = 2, AF_INET6 = 10;

    /// <summary>A rule.</summary>
    /// <param name="rule">The rule; its effect is an error.</param>
    /// <param name="armedAtNs">CLOCK_MONOTONIC.</param>
    public static ArmedRule Of(SyscallFault rule, long armedAtNs)
    {
        CallCondition condition = rule.Condition;
        CallNumbers when = condition.When ?? new CallNumbers(1, null, 1);
        ulong from = (ulong)(armedAtNs + Nanoseconds(rule.After));
        var words = new ArmedRule
        {
            Thresholds = LotThresholdsWire.Of(condition),
            FirstCall = (ulong)when.First,
            LastCall = (ulong)(when.Last ?? (when.Step == 0 ? when.First : long.MaxValue)),
            CallStep = (ulong)when.Step,
            Count = (ulong)(condition.Count ?? long.MaxValue),
            FromNs = rule.After == TimeSpan.Zero ? 0 : from,
            UntilNs = rule.For is { } length ? from + (ulong)Nanoseconds(length) : ulong.MaxValue,
            Error = (uint)rule.Effect.Error!.Value.Number,
            NeedsSuccess = rule.NeedsSuccess ? 1u : 0,
            DescriptorCount = (uint)rule.Where.Descriptors.Count,
            ArgumentCount = (uint)rule.Where.Arguments.Count,
            PeerCount = (uint)rule.Where.Peers.Count,
            PortCount = (uint)rule.Where.Ports.Count,
        };
        for (int i = 0; i < rule.Where.Descriptors.Count; i++) words.Descriptors[i] = (uint)rule.Where.Descriptors[i];
        for (int i = 0; i < rule.Where.Arguments.Count; i++) words.Arguments[i] = Of(rule.Where.Arguments[i]);
        for (int i = 0; i < rule.Where.Peers.Count; i++) words.Peers[i] = Of(rule.Where.Peers[i]);
        for (int i = 0; i < rule.Where.Ports.Count; i++) words.Ports[i] = Of(rule.Where.Ports[i]);
        return words;
    }

    /// <summary>The arguments of a call that are descriptors, folders of paths among them; one bit each.</summary>
    public static uint DescriptorArguments(Syscall call)
    {
        CallArguments form = CallArguments.Of(call);
        return form.Descriptors.Concat(form.Paths.Select(p => p.Folder).OfType<int>()).Aggregate(0u, (bits, index) => bits | 1u << index);
    }

    /// <summary>The address that the kernel wrote.</summary>
    public static IPEndPoint? Peer(in Injection injection)
    {
        if (injection.Family == 0) return null;
        Span<byte> bytes = stackalloc byte[16];
        for (int i = 0; i < 4; i++) BinaryPrimitives.WriteUInt32LittleEndian(bytes[(4 * i)..], injection.Peer[i]);
        var address = new IPAddress(bytes);
        return new IPEndPoint(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, (int)injection.PeerPort);
    }

    private static long Nanoseconds(TimeSpan time) => time.Ticks * TimeSpan.NanosecondsPerTick;

    private static ArgumentTest Of(ArgumentPredicate predicate) => new() { Index = (uint)predicate.Index, Comparison = (uint)predicate.Comparison, Value = predicate.Value };

    private static PortRangeWire Of(PortRange range) => new() { First = (ushort)range.First, Last = (ushort)range.Last };

    private static PeerRange Of(PeerPattern pattern)
    {
        var range = new PeerRange { FirstPort = (ushort)(pattern.Ports?.First ?? 0), LastPort = (ushort)(pattern.Ports?.Last ?? ushort.MaxValue) };
        if (pattern.Network is not { } network) return range;
        bool isIPv4 = network.BaseAddress.AddressFamily == AddressFamily.InterNetwork;
        range.Family = isIPv4 ? AF_INET : AF_INET6;
        byte[] address = network.BaseAddress.MapToIPv6().GetAddressBytes();
        int bits = network.PrefixLength + (isIPv4 ? 96 : 0);
        Span<byte> mask = stackalloc byte[16];
        for (int i = 0; i < 16; i++) mask[i] = (byte)(0xff00 >> Math.Clamp(bits - 8 * i, 0, 8));
        for (int i = 0; i < 4; i++)
        {
            range.Address[i] = BinaryPrimitives.ReadUInt32LittleEndian(address.AsSpan(4 * i));
            range.Mask[i] = BinaryPrimitives.ReadUInt32LittleEndian(mask[(4 * i)..]);
        }
        return range;
    }
}
