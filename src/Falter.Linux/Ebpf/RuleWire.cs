using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Falter.Linux.Ebpf;

// Mirrors of the structures in bpf/rule_wire.h, which explains the members.

/// <summary><c>struct rule_config</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RuleConfig
{
    public ulong Seed;
    public uint Log, ExactCalls;
}

/// <summary><c>struct candidate</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CandidateWire
{
    public ushort Rule, Slot;
    public uint Descriptors;
}

/// <summary><c>struct call_rules</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CallRules
{
    public const int MostCandidates = 16;

    public uint Count, Reserved;
    public List Candidates;

    [InlineArray(MostCandidates)]
    internal struct List
    {
        private CandidateWire _first;
    }
}

/// <summary><c>struct peer_range</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PeerRange
{
    public Words Address, Mask;
    public uint Family;
    public ushort FirstPort, LastPort;

    [InlineArray(4)]
    internal struct Words
    {
        private uint _first;
    }
}

/// <summary><c>struct port_range</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PortRangeWire
{
    public ushort First, Last;
}

/// <summary><c>struct argument_test</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ArgumentTest
{
    public ulong Value;
    public uint Index, Comparison;
}

/// <summary><c>struct armed_rule</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ArmedRule
{
    public const int MostPredicates = 8;

    public LotThresholdsWire Thresholds;
    public ulong FirstCall, LastCall, CallStep, Count, FromNs, UntilNs;
    public uint Error, NeedsSuccess, DescriptorCount, ArgumentCount, PeerCount, PortCount;
    public DescriptorList Descriptors;
    public PortList Ports;
    public ArgumentList Arguments;
    public PeerList Peers;

    [InlineArray(MostPredicates)]
    internal struct DescriptorList
    {
        private uint _first;
    }

    [InlineArray(MostPredicates)]
    internal struct PortList
    {
        private PortRangeWire _first;
    }

    [InlineArray(MostPredicates)]
    internal struct ArgumentList
    {
        private ArgumentTest _first;
    }

    [InlineArray(MostPredicates)]
    internal struct PeerList
    {
        private PeerRange _first;
    }
}

/// <summary><c>struct rule_counts</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RuleCounts
{
    public const int Reasons = 19;

    public ulong Matched, Granted, Injected;
    public List Skipped;

    [InlineArray(Reasons)]
    internal struct List
    {
        private ulong _first;
    }
}

/// <summary><c>struct injected_key</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct InjectedKey
{
    public ProcessName.Characters Process;
    public uint Nr, Error;
}

/// <summary><c>struct injection</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Injection
{
    public ulong AtNs, Call;
    public uint Pid, Tid, Rule, Nr, Ordinal, Family;
    public PeerRange.Words Peer;
    public uint PeerPort, HasArguments;
    public Six Arguments;
    public ProcessName.Characters Process;

    [InlineArray(6)]
    internal struct Six
    {
        private ulong _first;
    }
}
