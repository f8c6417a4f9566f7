using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Falter.Records;

/// <summary>An error number of a system call, 1 to 4095 (<c>MAX_ERRNO</c>, <c>include/linux/err.h</c>).</summary>
/// <param name="Number">The positive number: 2 for ENOENT.</param>
public readonly record struct Errno(short Number)
{
    private static readonly Dictionary<int, (string Name, string Meaning)> s_byNumber =
        ErrnoTable.Table.ToDictionary(e => (int)e.Number, e => (e.Name, e.Meaning));

    private static readonly Dictionary<string, short> s_byName = ErrnoTable.Table.Select(e => (e.Name, e.Number))
        .Concat(ErrnoTable.Aliases.Select(a => (Name: a.Alias, a.Number)))
        .ToDictionary(e => e.Name, e => e.Number, StringComparer.Ordinal);

    public static readonly Errno EPERM = new(1), ENOENT = new(2), ESRCH = new(3), EINTR = new(4), EAGAIN = new(11),
        EACCES = new(13), EBUSY = new(16), EINVAL = new(22), ENOSYS = new(38), ETIMEDOUT = new(110), EINPROGRESS = new(115);

    /// <summary>The name, as in <c>errno.h</c>; the bare number where it has none.</summary>
    public string Name => s_byNumber.TryGetValue(Number, out var e) ? e.Name : Number.ToString(CultureInfo.InvariantCulture);

    /// <summary>What the C library would print, in a few words; empty where the number has no name.</summary>
    public string Meaning => s_byNumber.TryGetValue(Number, out var e) ? e.Meaning : "";

    /// <summary>
    /// Whether programs meet this errno in ordinary operation: a socket that has nothing yet, a wait that ran out, a signal
    /// (EAGAIN, EINTR, EINPROGRESS, ETIMEDOUT). Such errors are modelled too, but marked, so that a report is not noise.
    /// </summary>
    public bool IsNormalOutcome => this == EAGAIN || this == EINTR || this == EINPROGRESS || this == ETIMEDOUT;

    /// <summary>Every name that <see cref="TryParse"/> takes.</summary>
    public static IEnumerable<string> Names => s_byName.Keys;

    /// <summary>Reads <c>EIO</c>, <c>-EIO</c>, <c>5</c> or <c>-5</c>.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Errno errno)
    {
        errno = default;
        string bare = text is ['-', .. var rest] ? rest : text ?? "";
        if (s_byName.TryGetValue(bare.ToUpperInvariant(), out short number) ||
            (short.TryParse(bare, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number is > 0 and < 4096))
        {
            errno = new Errno(number);
            return true;
        }
        return false;
    }

    public override string ToString() => Name;
}
