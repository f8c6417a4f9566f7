using System.Text.RegularExpressions;

namespace Falter.Report;

/// <summary>Texts as YAML that every reader takes for the same text.</summary>
internal static partial class YamlText
{
    // What is the same text to every reader of YAML, without quotes. A truth value would be a flag.
    [GeneratedRegex(@"\A(?!(?:true|false|null|yes|no|on|off|[yn])\z)[A-Za-z0-9_/][A-Za-z0-9_./%+±-]*\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Plain();

    /// <summary>A text, in quotes where it needs them.</summary>
    public static string Of(string text) => Plain().IsMatch(text) ? text : $"\"{string.Concat(text.Select(Escaped))}\"";

    /// <summary>A list on one line.</summary>
    public static string List(IEnumerable<string> items) => $"[{string.Join(", ", items.Select(Of))}]";

    // JSON's escapes are YAML's; what ends a line in YAML is more than control characters.
    private static string Escaped(char c) => c switch
    {
        '"' or '\\' => $"\\{c}",
        '\n' => "\\n",
        '\t' => "\\t",
        '\u2028' or '\u2029' or '\ufeff' => $"\\u{(int)c:x4}",
        _ => char.IsControl(c) ? $"\\u{(int)c:x4}" : c.ToString(),
    };
}
