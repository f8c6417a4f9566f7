using System.Text.RegularExpressions;

namespace Falter.Model;

/// <summary>What lines of a log that say the same have in common: what differs from one to the next is taken out.</summary>
public static partial class LogTemplate
{
    // Longer lines differ in their tails, which are data.
    private const int Longest = 160;

    /// <summary>
    /// The line with <c>#</c> for its times, addresses, numbers and ids, and one space for each run of blanks: <c>2026-11-21 20:05:01 [error] 31#31: *7 accept4() failed (24: Too many open files)</c>
    /// becomes <c># [error] #: *# accept4() failed (#: Too many open files)</c>.
    /// </summary>
    public static string Of(string line)
    {
        string text = Escapes().Replace(line, "");
        text = Times().Replace(text, "#");
        text = Ids().Replace(text, "#");
        text = Quoted().Replace(text, m => m.ValueSpan.ContainsAnyInRange('0', '9') ? $"{m.Value[0]}#{m.Value[^1]}" : m.Value);
        text = Addresses().Replace(text, "#");
        text = Numbers().Replace(text, "#");
        text = Runs().Replace(text, "#");
        text = Blanks().Replace(text, " ").Trim();
        return text.Length <= Longest ? text : text[..Longest] + "…";
    }

    /// <summary>Colours and other terminal sequences.</summary>
    [GeneratedRegex(@"\x1b\[[0-9;]*[A-Za-z]")]
    private static partial Regex Escapes();

    /// <summary>RFC 3339 and its relatives, syslog's, Apache's, and bare times of day.</summary>
    [GeneratedRegex(@"\b\d{4}[-/]\d{2}[-/]\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?(?:[.,]\d+)?(?:Z|[+-]\d{2}:?\d{2}|\s?UTC)?)?|\b[A-Z][a-z]{2}\s+\d{1,2}\s\d{2}:\d{2}:\d{2}\b|\b\d{1,2}/[A-Z][a-z]{2}/\d{4}:\d{2}:\d{2}:\d{2}(?:\s[+-]\d{4})?|\b\d{1,2}:\d{2}:\d{2}(?:[.,]\d+)?")]
    private static partial Regex Times();

    /// <summary>UUIDs, hexadecimal numbers, and words of eight or more hexadecimal digits with a decimal one among them.</summary>
    [GeneratedRegex(@"\b[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}\b|\b0[xX][0-9A-Fa-f]+\b|\b(?=[A-Fa-f]*[0-9])[0-9A-Fa-f]{8,}\b")]
    private static partial Regex Ids();

    [GeneratedRegex("\"[^\"]{1,200}\"|'[^' ][^']{0,199}'|`[^`]{1,200}`")]
    private static partial Regex Quoted();

    /// <summary>Addresses of the internet, with or without a port.</summary>
    [GeneratedRegex(@"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b|\[[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*\](?::\d{1,5})?")]
    private static partial Regex Addresses();

    [GeneratedRegex(@"(?<![A-Za-z])[+-]?\d+(?:[.,]\d+)*(?:[eE][+-]?\d+)?|(?<=[A-Za-z_-])\d{2,}")]
    private static partial Regex Numbers();

    [GeneratedRegex(@"#(?:[#.:,]*#)+")]
    private static partial Regex Runs();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
