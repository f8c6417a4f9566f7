using System.Text;
using Falter.Experiment;

namespace Falter.Tests.Experiment.Systems;

public sealed class LogLinesTests
{
    [Fact]
    public void Lines_are_the_same_in_whatever_pieces_they_come()
    {
        var random = new Random(20_261_121);
        string[] pieces = ["a line\n", "\n", "with a return\r\n", "ünïcödé €\n", "𝄞\n", "tab\there\n", "bell\a\n", new string('x', 2500) + "\n", string.Concat(Enumerable.Repeat("𝄞", 1100)) + "\n", "no end"];
        for (int round = 0; round < 500; round++)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 8).Select(_ => pieces[random.Next(pieces.Length)])));
            if (round % 2 == 1) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            Assert.Equal(Lines(bytes, bytes.Length), Lines(bytes, random.Next(1, 40)));
        }
    }

    [Fact]
    public void A_line_is_cut_and_made_of_signs_that_can_be_shown()
    {
        Assert.Equal(["", "", "b", "c d"], Lines("\n\r\nb\nc\0d\n"u8, 3));
        Assert.Equal(["a", "rest"], Lines("a\nrest"u8, 3));
        Assert.Equal(2000, Assert.Single(Lines(Encoding.UTF8.GetBytes(new string('é', 5000)), 77)).Length);
        // No half of a pair at the cut.
        string pairs = Assert.Single(Lines(Encoding.UTF8.GetBytes("x" + string.Concat(Enumerable.Repeat("𝄞", 3000)) + "\n"), 4096));
        Assert.Equal(1999, pairs.Length);
        Assert.True(char.IsLowSurrogate(pairs[^1]));
        Assert.Equal(["\ufffd\ufffd"], Lines([0xff, 0xfe, (byte)'\n'], 1));
    }

    private static List<string> Lines(ReadOnlySpan<byte> bytes, int piece)
    {
        var lines = new LogLines(LogFollower.MostCharacters);
        var found = new List<string>();
        for (int at = 0; at < bytes.Length; at += piece) found.AddRange(lines.Add(bytes[at..Math.Min(bytes.Length, at + piece)]));
        if (lines.Rest() is { } rest) found.Add(rest);
        return found;
    }
}
