using System.Text.RegularExpressions;

namespace Falter.Records;

/// <summary>A fault taken apart and not yet understood: what stands before the first colon, and the fields behind it.</summary>
/// <param name="Head">System calls, or <c>process</c>, <c>network</c>, <c>container</c>.</param>
/// <param name="Fields">In order.</param>
/// <param name="Place">Where the fault stands, for messages: <c>rule 'openat:rate=5'</c>.</param>
/// <param name="Written">The whole as it was written; null where it was not one text.</param>
public sealed partial record FaultFields(string Head, IReadOnlyList<FaultField> Fields, string Place, string? Written = null)
{
    // Longer than any rule that somebody wrote, and short enough for every pass over it.
    private const int LongestText = 16_384;

    private const string Peer = "peer=";

    // A peer's port stands behind a colon of its own; no field consists of digits.
    [GeneratedRegex(@"\G:(\d+(-\d+)?|\*)(?=[,:]|\z)", RegexOptions.CultureInvariant)]
    private static partial Regex Ports();

    /// <summary>Takes a rule's text apart at its colons. <c>\:</c> is a colon of a value; those of <c>peer=</c> stand for themselves.</summary>
    /// <param name="text">The rule.</param>
    /// <param name="where">The file and line that it stands in; null: the command line.</param>
    /// <exception cref="FalterException"><c>bad-rule</c>: the text is too long.</exception>
    public static FaultFields Of(string text, string? where = null)
    {
        string before = where is null ? "" : $"{where}: ";
        if (text.Length > LongestText) throw FalterException.Usage("bad-rule", $"{before}rule '{text[..40]}…': longer than {LongestText} characters");
        string place = $"{before}rule '{text}'";
        List<string> parts = Separated.Split(text, ':', ColonParts);
        return new FaultFields(parts[0], [.. parts.Skip(1).Select(p => FaultField.Of(p, place))], place, text);
    }

    /// <summary>The text that <see cref="Of"/> takes apart into these.</summary>
    internal static string Join(IEnumerable<string> parts) => Separated.Join(parts, ':', ColonParts);

    private static bool ColonParts(string text, int start, int at)
    {
        if (string.CompareOrdinal(text, start, Peer, 0, Peer.Length) != 0 || at < start + Peer.Length) return true;
        ReadOnlySpan<char> item = text.AsSpan(start + Peer.Length, at - start - Peer.Length);
        item = item[(item.LastIndexOf(',') + 1)..];
        // The path of a Unix socket has no port, and a backslash says that the colon is a part of it.
        if (item is ['/' or '@', ..] or [.., '\\']) return true;
        bool inBrackets = item.LastIndexOf('[') > item.LastIndexOf(']') && text.AsSpan(at).Contains(']');
        return !inBrackets && !Ports().IsMatch(text, at);
    }
}
