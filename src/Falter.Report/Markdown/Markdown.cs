using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace Falter.Report;

/// <summary>Text in Markdown as GitHub reads it, where what comes from a run is text and never markup.</summary>
internal static partial class Markdown
{
    [GeneratedRegex(@"^([-+]|\d{1,9}\.(?=\s|$))")]
    private static partial Regex ListMark();

    // In encoded text: a number sign behind an ampersand is part of a character reference.
    [GeneratedRegex("@|(?<!&)#")]
    private static partial Regex Mention();

    // CommonMark: a backslash makes any of these a character like others. Angle brackets and ampersands would begin HTML, bars end cells, dollars begin formulas.
    private const string Special = "\\`*_[]|~<>&$";

    /// <summary>Text within a line; also within a cell of a table.</summary>
    public static string Text(string text)
    {
        var escaped = new StringBuilder();
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (Rune.IsControl(rune)) escaped.Append(' ');
            // A name behind it would be told, and a number be a link to an issue: a space without width parts them. GitHub looks for them after backslashes are gone.
            else if (rune.Value is '@' or '#') escaped.Append((char)rune.Value).Append("&#8203;");
            else escaped.Append(Special.Contains(rune.ToString(), StringComparison.Ordinal) ? $"\\{rune}" : rune.ToString());
        }
        // A space without width before what would begin a list.
        return ListMark().Replace(escaped.ToString(), "&#8203;$1");
    }

    /// <summary>Text within an element of HTML, on one line: Markdown is not read there.</summary>
    public static string InHtml(string text) => Mention().Replace(WebUtility.HtmlEncode(PlanFigures.Printable(text)), "$0&#8203;");

    /// <summary>Code within a line; also within a cell of a table, where a bar ends the cell even in code.</summary>
    public static string Code(string text)
    {
        string plain = PlanFigures.Printable(text).Replace("|", "\\|", StringComparison.Ordinal);
        if (plain.Length == 0) return "";
        string fence = new('`', LongestRun(plain) + 1);
        return plain[0] == '`' || plain[^1] == '`' || plain.Trim().Length == 0 ? $"{fence} {plain} {fence}" : $"{fence}{plain}{fence}";
    }

    /// <summary>A block of lines as they are, without control characters.</summary>
    public static string Block(IEnumerable<string> lines)
    {
        string[] plain = [.. lines.Select(PlanFigures.Printable)];
        string fence = new('`', Math.Max(3, plain.Select(LongestRun).DefaultIfEmpty().Max() + 1));
        return $"{fence}text\n{string.Concat(plain.Select(l => l + "\n"))}{fence}\n";
    }

    public static string Row(IEnumerable<string> cells) => $"| {string.Join(" | ", cells)} |\n";

    /// <summary>Head of a table and the line below it.</summary>
    public static string Head(IReadOnlyList<(string Title, bool Right)> columns) => Row(columns.Select(c => c.Title)) + Row(columns.Select(c => c.Right ? "---:" : "---"));

    private static int LongestRun(string text)
    {
        int longest = 0, run = 0;
        foreach (char c in text) longest = Math.Max(longest, run = c == '`' ? run + 1 : 0);
        return longest;
    }
}
