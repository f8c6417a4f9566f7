using System.Text;

namespace Falter.Records;

/// <summary>
/// Texts whose parts are parted by one character. A backslash before that character makes it an ordinary one; backslashes in front of such a pair, or of a
/// separator, are doubled, and all others stand for themselves, so that patterns keep theirs.
/// </summary>
internal static class Separated
{
    /// <summary>Whether a character at <paramref name="at"/> of a part that begins at <paramref name="start"/> can part it.</summary>
    public delegate bool CanPart(string text, int start, int at);

    /// <summary>Everywhere.</summary>
    public static readonly CanPart Anywhere = (_, _, _) => true;

    /// <summary>Only outside of brackets and braces, which globs have.</summary>
    public static readonly CanPart OutsideOfBrackets = (text, start, at) =>
    {
        int braces = 0;
        for (int i = start; i < at; i++)
        {
            if (text[i] == '[' && Glob.BracketEnd(text, i) is { } end)
            {
                if (end > at) return false;
                i = end;
            }
            else if (text[i] == '{') braces++;
            else if (text[i] == '}' && braces > 0) braces--;
        }
        return braces == 0;
    };

    /// <summary>The parts, at least one, without their escapes.</summary>
    public static List<string> Split(string text, char separator, CanPart canPart)
    {
        var parts = new List<string>();
        var part = new StringBuilder();
        int start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            int backslashes = Backslashes(text, i);
            int next = i + backslashes;
            if (next < text.Length && text[next] == separator && canPart(text, start, next))
            {
                part.Append('\\', backslashes / 2);
                if (backslashes % 2 == 1)
                {
                    part.Append(separator);
                }
                else
                {
                    parts.Add(part.ToString());
                    part.Clear();
                    start = next + 1;
                }
                i = next;
            }
            else if (backslashes > 0)
            {
                part.Append('\\', backslashes);
                i = next - 1;
            }
            else
            {
                part.Append(text[i]);
            }
        }
        parts.Add(part.ToString());
        return parts;
    }

    /// <summary>The text that <see cref="Split"/> reads as these parts.</summary>
    public static string Join(IEnumerable<string> parts, char separator, CanPart canPart)
    {
        var text = new StringBuilder();
        foreach ((int index, string part) in parts.Index())
        {
            if (index > 0) text.Append('\\', TrailingBackslashes(text)).Append(separator);
            Escape(text, part, separator, canPart);
        }
        return text.ToString();
    }

    private static void Escape(StringBuilder text, string part, char separator, CanPart canPart)
    {
        for (int i = 0; i < part.Length; i++)
        {
            if (part[i] == separator && canPart(part, 0, i)) text.Append('\\', TrailingBackslashes(text) + 1);
            text.Append(part[i]);
        }
    }

    private static int Backslashes(string text, int from)
    {
        int end = from;
        while (end < text.Length && text[end] == '\\') end++;
        return end - from;
    }

    private static int TrailingBackslashes(StringBuilder text)
    {
        int count = 0;
        while (count < text.Length && text[text.Length - 1 - count] == '\\') count++;
        return count;
    }
}
