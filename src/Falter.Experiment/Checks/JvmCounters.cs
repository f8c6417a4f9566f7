using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Falter.Experiment;

/// <summary>A performance counter of a JVM.</summary>
/// <param name="Value">As it stands in the memory.</param>
/// <param name="Units">1 none, 2 bytes, 3 ticks, 4 events, 5 string, 6 hertz (<c>PerfData::Units</c>).</param>
/// <param name="Grows">Whether it only grows (variability <c>V_Monotonic</c>).</param>
internal readonly record struct JvmCounter(long Value, byte Units, bool Grows);

/// <summary>
/// The memory in which a JVM keeps its performance counters, as <c>jstat</c> reads it: <c>PerfDataPrologue</c> and <c>PerfDataEntry</c> of <c>src/hotspot/share/runtime/perfMemory.hpp</c>, version 2.0.
/// </summary>
internal static class JvmCounters
{
    /// <summary>The most that is read. HotSpot's default is 32 KiB (<c>-XX:PerfDataMemorySize</c>).</summary>
    public const int MostBytes = 8 * 1024 * 1024;

    private const uint Magic = 0xcafec0c0;
    private const int PrologueLength = 32, EntryLength = 20;

    /// <summary>Reads all counters that are numbers.</summary>
    /// <param name="memory">The file.</param>
    /// <param name="counters">By name.</param>
    /// <param name="problem">Why it cannot be read, where the result is false.</param>
    public static bool TryRead(ReadOnlySpan<byte> memory, [NotNullWhen(true)] out IReadOnlyDictionary<string, JvmCounter>? counters, out string problem)
    {
        counters = null;
        if (memory.Length < PrologueLength || BinaryPrimitives.ReadUInt32BigEndian(memory) != Magic)
        {
            problem = "it does not begin as performance counters of a JVM do";
            return false;
        }
        var reader = new Reader(memory, isLittle: memory[4] == 1);
        if (memory[5] != 2)
        {
            problem = $"version {memory[5]}.{memory[6]} of the format is not known; expected 2.0";
            return false;
        }
        if (memory[7] == 0)
        {
            problem = "the JVM has not yet filled them in";
            return false;
        }
        var found = new Dictionary<string, JvmCounter>(StringComparer.Ordinal);
        int at = reader.Int32(24), entries = reader.Int32(28);
        for (int i = 0; i < entries; i++)
        {
            if (at < PrologueLength || at > memory.Length - EntryLength || reader.Int32(at) is var length && (length < EntryLength || length > memory.Length - at))
            {
                problem = $"entry {i + 1} of {entries} lies outside of the memory";
                return false;
            }
            Take(memory.Slice(at, reader.Int32(at)), reader.IsLittle, found);
            at += reader.Int32(at);
        }
        counters = found;
        problem = "";
        return true;
    }

    /// <summary>Takes an entry that is one number; passes over texts and arrays, and entries whose parts lie outside of them.</summary>
    private static void Take(ReadOnlySpan<byte> entry, bool isLittle, Dictionary<string, JvmCounter> found)
    {
        var reader = new Reader(entry, isLittle);
        int name = reader.Int32(4), vector = reader.Int32(8), data = reader.Int32(16);
        // 'J': a long, in the letters of class files. Vector length 0: one value.
        if (entry[12] != 'J' || vector != 0 || name < EntryLength || name >= entry.Length || data < EntryLength || data > entry.Length - 8) return;
        int end = entry[name..].IndexOf((byte)0);
        if (end <= 0) return;
        const byte Monotonic = 2;
        found[Encoding.UTF8.GetString(entry.Slice(name, end))] = new JvmCounter(reader.Int64(data), entry[14], entry[15] == Monotonic);
    }

    private readonly ref struct Reader(ReadOnlySpan<byte> bytes, bool isLittle)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;

        public bool IsLittle { get; } = isLittle;

        public int Int32(int at) => IsLittle ? BinaryPrimitives.ReadInt32LittleEndian(_bytes[at..]) : BinaryPrimitives.ReadInt32BigEndian(_bytes[at..]);

        public long Int64(int at) => IsLittle ? BinaryPrimitives.ReadInt64LittleEndian(_bytes[at..]) : BinaryPrimitives.ReadInt64BigEndian(_bytes[at..]);
    }
}
