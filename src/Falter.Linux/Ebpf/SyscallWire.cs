using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Falter.Linux.Ebpf;

// Mirrors of the structures in bpf/wire.h, which explains the members.

/// <summary><c>struct monitor_config</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MonitorConfig
{
    public uint FollowChildren, MeasureLatency, Select, Hierarchies;
}

/// <summary><c>struct process_name</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ProcessName
{
    public const int Length = 16;

    /// <summary><c>FALTER_NO_NAME</c>.</summary>
    public const uint NoRoom = 0xffff_ffff;

    public Characters Text;

    [InlineArray(Length)]
    internal struct Characters
    {
        private byte _first;
    }

    /// <summary>The name, cut to what the kernel keeps of it: 15 bytes and a zero.</summary>
    public static ProcessName Of(string name)
    {
        ProcessName result = default;
        ReadOnlySpan<byte> bytes = Encoding.UTF8.GetBytes(name);
        bytes[..Math.Min(bytes.Length, Length - 1)].CopyTo(result.Text);
        return result;
    }

    public override readonly string ToString()
    {
        ReadOnlySpan<byte> bytes = Text;
        int end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }
}

/// <summary><c>struct counter_key</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal record struct CounterKey
{
    public const ushort EntrySkipped = 0x8000;

    public uint Name;
    public ushort Nr, Code;
}

/// <summary><c>struct counter</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Counter
{
    public const int BucketCount = 128;

    public ulong Count, TotalNs, Runs;
    public Buckets ByNs;

    [InlineArray(BucketCount)]
    internal struct Buckets
    {
        private uint _first;
    }
}

/// <summary><c>struct adoption</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Adoption
{
    public uint Adopted;
}

/// <summary><c>enum selector</c>.</summary>
[Flags]
internal enum Selector : uint
{
    Roots = 1, Names = 2, Groups = 4, Except = 8,
}

/// <summary><c>struct selected_name</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SelectedName
{
    public const int Length = 64;
    public const uint Selected = 1, Excluded = 2;

    public Characters Text;

    [InlineArray(Length)]
    internal struct Characters
    {
        private byte _first;
    }

    /// <summary>The name, cut to 63 bytes and a zero.</summary>
    public static SelectedName Of(string name)
    {
        SelectedName result = default;
        ReadOnlySpan<byte> bytes = Encoding.UTF8.GetBytes(name);
        bytes[..Math.Min(bytes.Length, Length - 1)].CopyTo(result.Text);
        return result;
    }
}

/// <summary><c>struct selected_group</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SelectedGroup
{
    public ulong Id;
    public uint Hierarchy, Reserved;
}

/// <summary><c>enum looks</c>.</summary>
internal enum Looks : uint
{
    Wanted, Adopted,
}

/// <summary><c>struct process_end</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ProcessEndWire
{
    public ulong AtNs;
    public uint Pid, Name, Status, Reserved;
}

/// <summary><c>enum lost_reason</c>.</summary>
internal enum LostReason : uint
{
    CountersFull, NamesFull, Unfollowed, Ends,
}
