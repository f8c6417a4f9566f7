using System.Text;

namespace Falter.Experiment;

/// <summary>Cuts bytes into lines of text. What comes in any pieces gives the same lines.</summary>
/// <param name="mostCharacters">How much of a line is kept; the rest of it is left out.</param>
internal sealed class LogLines(int mostCharacters)
{
    // A character of UTF-8 has at most four bytes.
    private readonly byte[] _line = new byte[mostCharacters * 4];
    private int _length;
    private bool _begun;

    /// <summary>Takes bytes; gives the lines that they end.</summary>
    public IReadOnlyList<string> Add(ReadOnlySpan<byte> bytes)
    {
        var lines = new List<string>();
        while (bytes.IndexOf((byte)'\n') is var end and >= 0)
        {
            Keep(bytes[..end]);
            _begun = true;
            lines.Add(Rest()!);
            bytes = bytes[(end + 1)..];
        }
        Keep(bytes);
        return lines;
    }

    /// <summary>The line that has no end yet, which begins anew then; null where none has begun.</summary>
    public string? Rest()
    {
        if (!_begun) return null;
        string text = Encoding.UTF8.GetString(_line, 0, _length).TrimEnd('\r');
        (_length, _begun) = (0, false);
        if (text.Length > mostCharacters) text = text[..(char.IsHighSurrogate(text[mostCharacters - 1]) ? mostCharacters - 1 : mostCharacters)];
        return string.Create(text.Length, text, (signs, from) =>
        {
            for (int i = 0; i < signs.Length; i++) signs[i] = char.IsControl(from[i]) && from[i] != '\t' ? ' ' : from[i];
        });
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return;
        _begun = true;
        ReadOnlySpan<byte> kept = bytes[..Math.Min(bytes.Length, _line.Length - _length)];
        kept.CopyTo(_line.AsSpan(_length));
        _length += kept.Length;
    }
}
