using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Falter.Records;

namespace Falter.Linux.Ebpf;

// Mirrors of the structures in bpf/trigger.h, which explains the members.

/// <summary><c>struct trigger_config</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TriggerConfig
{
    public ulong Seed;
    public uint Tracer, Reserved;
}

/// <summary><c>struct trigger_call</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TriggerCall
{
    /// <summary><c>enum trigger_call_flags</c>.</summary>
    public const uint ByUser = 1, NeedsSuccess = 2;

    public uint First, Flags;
}

/// <summary><c>struct lot_thresholds</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct LotThresholdsWire
{
    public ulong First, AfterActed, AfterLetGo;

    public static LotThresholdsWire Of(CallCondition condition)
    {
        LotThresholds thresholds = LotThresholds.Of(condition);
        return new LotThresholdsWire { First = thresholds.First, AfterActed = thresholds.AfterActed, AfterLetGo = thresholds.AfterLetGo };
    }
}

/// <summary><c>struct trigger_comparison</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TriggerComparison
{
    public ulong Value;
    public uint Index, Comparison;
}

/// <summary><c>struct trigger_slot</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TriggerSlot
{
    public const int MostComparisons = 8, MostDescriptors = 16;

    public LotThresholdsWire Thresholds;
    public ulong WhenFirst, WhenLast, WhenStep;
    public ulong BeginNs, EndNs;
    public ulong Most;
    public uint Rule, Next, NeedsSuccess, DescriptorArguments;
    public uint ComparisonCount, DescriptorCount;
    public ComparisonList Comparisons;
    public DescriptorList Descriptors;

    [InlineArray(MostComparisons)]
    internal struct ComparisonList
    {
        private TriggerComparison _first;
    }

    [InlineArray(MostDescriptors)]
    internal struct DescriptorList
    {
        private int _first;
    }
}

/// <summary><c>struct trigger_counts</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TriggerCounts
{
    public const int Skips = 9;

    public ulong Matched;
    public SkipList Skipped;

    [InlineArray(Skips)]
    internal struct SkipList
    {
        private ulong _first;
    }
}

/// <summary><c>struct pending_call</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PendingCall
{
    public ulong Ip, Sp, Call;
    public int InAx;
    public uint Nr, Slot, Ordinal, Signal, ByUser;
}

/// <summary><c>struct closing_place</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ClosingPlace
{
    public ulong Ip, Sp;
}
