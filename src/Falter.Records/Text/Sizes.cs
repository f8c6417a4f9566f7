using System.Globalization;

namespace Falter.Records;

/// <summary>Sizes in bytes as people write them: <c>64KiB</c>, <c>1.5GiB</c>, <c>100MB</c>, <c>512B</c>. A bare number is refused: it would hide its unit.</summary>
public static class Sizes
{
    // The larger first: what divides a size without rest is taken. 1024 comes before 1000 of the same rank.
    private static readonly (string Unit, long Bytes)[] s_units =
    [
        ("TiB", 1L << 40), ("TB", 1_000_000_000_000), ("GiB", 1L << 30), ("GB", 1_000_000_000), ("MiB", 1L << 20), ("MB", 1_000_000),
        ("KiB", 1L << 10), ("kB", 1_000), ("B", 1),
    ];

    /// <summary>Reads a size.</summary>
    /// <param name="text">What the user wrote.</param>
    /// <param name="bytes">The size, never negative.</param>
    /// <param name="problem">What is wrong and an example, where the result is false.</param>
    public static bool TryParse(string text, out long bytes, out string problem)
    {
        bytes = 0;
        problem = $"'{text}' is no size; expected for example 64KiB or 1.5GiB";
        (string? unit, long factor) = Array.Find(s_units, u => text.EndsWith(u.Unit, StringComparison.OrdinalIgnoreCase));
        bool isNumber = decimal.TryParse(text.AsSpan(0, text.Length - (unit?.Length ?? 0)), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number);
        if (isNumber && unit is null) problem = $"'{text}' has no unit; write {text}B for bytes or {text}MiB";
        if (!isNumber || unit is null) return false;
        if (number > long.MaxValue / factor) problem = $"'{text}' is more than 64 bits can hold";
        else (bytes, problem) = ((long)Math.Round(number * factor), "");
        return problem.Length == 0;
    }

    /// <summary>The text in the largest unit that says it exactly; <see cref="TryParse"/> reads it back.</summary>
    public static string Format(long bytes)
    {
        (string unit, long factor) = Array.Find(s_units, u => bytes >= u.Bytes && bytes % u.Bytes == 0);
        return unit is null ? "0B" : FormattableString.Invariant($"{bytes / factor}{unit}");
    }
}
