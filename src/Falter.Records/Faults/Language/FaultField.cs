namespace Falter.Records;

/// <summary>One field of a fault, as it was written: <c>rate=5%</c>, <c>success-only</c>, <c>arg2>=4096</c>.</summary>
/// <param name="Key">What stands before the first <c>=</c>, or <c>arg2</c>.</param>
/// <param name="Value">What stands behind it; with <c>arg2</c> the comparison too, where it is not <c>=</c>. Null: a flag.</param>
/// <param name="Place">Where it stands, for messages: <c>rule 'openat:rate=5'</c>.</param>
public sealed record FaultField(string Key, string? Value, string Place)
{
    private static readonly System.Buffers.SearchValues<char> s_comparisons = System.Buffers.SearchValues.Create("=!<>&");

    private static readonly string[] s_lists = ["path", "fd", "peer", "port", "thread", "process", "role"];

    /// <summary>Whether the key is <c>arg</c> and a number.</summary>
    public bool IsArgument => IsArgumentKey(Key);

    /// <summary>Whether the value can be a list: parted by commas, or for arguments several fields.</summary>
    public static bool CanBeList(string key) => s_lists.Contains(key, StringComparer.Ordinal) || IsArgumentKey(key);

    /// <summary>The value's items.</summary>
    public IReadOnlyList<string> Items => Separated.Split(Value ?? "", ',', CommaParts(Key));

    /// <summary>A field whose value is a list.</summary>
    public static FaultField OfList(string key, IEnumerable<string> items, string place) => new(key, Separated.Join(items, ',', CommaParts(key)), place);

    /// <summary>Which commas part the items of a field: in globs, those in brackets and braces do not.</summary>
    internal static Separated.CanPart CommaParts(string key) => key is "fd" or "port" or "role" ? Separated.Anywhere : Separated.OutsideOfBrackets;

    /// <summary>Reads a field.</summary>
    public static FaultField Of(string text, string place)
    {
        int end = text.AsSpan().IndexOfAny(s_comparisons);
        if (end < 0) return new FaultField(text, null, place);
        if (IsArgumentKey(text[..end])) return new FaultField(text[..end], text[(text[end] == '=' ? end + 1 : end)..], place);
        string[] pair = text.Split('=', 2);
        return new FaultField(pair[0], pair.Length == 2 ? pair[1] : null, place);
    }

    private static bool IsArgumentKey(string key) => key.Length > 3 && key.StartsWith("arg", StringComparison.Ordinal) && !key.AsSpan(3).ContainsAnyExceptInRange('0', '9');
}
