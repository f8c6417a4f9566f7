using System.Text;

namespace Falter.Report;

/// <summary>Text as an XML 1.0 document can hold it.</summary>
internal static class XmlText
{
    /// <summary>
    /// Leaves out what XML 1.0 forbids even when it is escaped (production 2, Char: control characters, U+FFFE, U+FFFF, halves of surrogate pairs), and the control characters U+007F to U+009F, which it
    /// only discourages: readers print what they read to terminals.
    /// </summary>
    public static string Of(string text)
    {
        var kept = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            // Halves of pairs come as U+FFFD, the sign for what cannot be shown.
            if (Rune.IsControl(rune) ? rune.Value is '\t' or '\n' or '\r' : rune.Value is not (0xFFFE or 0xFFFF)) kept.Append(rune);
        }
        return kept.ToString();
    }
}
