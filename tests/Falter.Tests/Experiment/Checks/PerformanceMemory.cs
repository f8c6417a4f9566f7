using System.Buffers.Binary;
using System.Text;

namespace Falter.Tests.Experiment.Checks;

/// <summary>The memory of a JVM's performance counters, made by hand.</summary>
internal static class PerformanceMemory
{
    private const int EntryLength = 64, NameAt = 20, DataAt = 56;

    public static byte[] Make(bool little, params (string Name, long Value, byte Units, byte Variability)[] counters)
    {
        byte[] memory = new byte[32 + EntryLength * counters.Length];
        BinaryPrimitives.WriteUInt32BigEndian(memory, 0xcafec0c0);
        (memory[4], memory[5], memory[7]) = (little ? (byte)1 : (byte)0, 2, 1);
        Write32(memory, 24, 32, little);
        Write32(memory, 28, counters.Length, little);
        foreach ((int index, (string name, long value, byte units, byte variability)) in counters.Index())
        {
            Span<byte> entry = memory.AsSpan(32 + EntryLength * index, EntryLength);
            Write32(entry, 0, EntryLength, little);
            Write32(entry, 4, NameAt, little);
            Write32(entry, 16, DataAt, little);
            (entry[12], entry[14], entry[15]) = ((byte)'J', units, variability);
            Encoding.UTF8.GetBytes(name, entry[NameAt..]);
            if (little) BinaryPrimitives.WriteInt64LittleEndian(entry[DataAt..], value);
            else BinaryPrimitives.WriteInt64BigEndian(entry[DataAt..], value);
        }
        return memory;
    }

    private static void Write32(Span<byte> memory, int at, int value, bool little)
    {
        if (little) BinaryPrimitives.WriteInt32LittleEndian(memory[at..], value);
        else BinaryPrimitives.WriteInt32BigEndian(memory[at..], value);
    }
}
