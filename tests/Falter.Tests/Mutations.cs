namespace Falter.Tests;

/// <summary>Texts that are almost right: for parsers, which must read or refuse whatever comes.</summary>
internal static class Mutations
{
    private static readonly byte[] s_telling = [.. "{}[]:,\"'-#&*!|>%@`\n\t \\0123456789.eE+~nulltruefalseNaN"u8, 0, 0x7F, 0x80, 0xC3, 0xEF, 0xFF];

    /// <summary>Carries out an action on many changed copies of a text: bytes replaced, removed, inserted, pieces repeated or cut off.</summary>
    public static void Each(byte[] text, int times, int seed, Action<byte[]> action)
    {
        var random = new Random(seed);
        for (int i = 0; i < times; i++)
        {
            List<byte> copy = [.. text];
            for (int change = random.Next(1, 5); change > 0 && copy.Count > 0; change--) Change(copy, random);
            action([.. copy]);
        }
    }

    private static void Change(List<byte> copy, Random random)
    {
        int at = random.Next(copy.Count), length = random.Next(1, Math.Min(40, copy.Count - at) + 1);
        switch (random.Next(5))
        {
            case 0: copy[at] = s_telling[random.Next(s_telling.Length)]; break;
            case 1: copy.RemoveRange(at, length); break;
            case 2: copy.Insert(at, s_telling[random.Next(s_telling.Length)]); break;
            case 3: copy.InsertRange(random.Next(copy.Count), copy.GetRange(at, length)); break;
            default: copy.RemoveRange(at, copy.Count - at); break;
        }
    }
}
