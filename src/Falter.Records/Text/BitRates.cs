using System.Globalization;

namespace Falter.Records;

/// <summary>Speeds of a network in the units of <c>tc</c>: <c>1mbit</c>, <c>512kbit</c>, <c>1.5gbit</c>, per second and in steps of 1000.</summary>
public static class BitRates
{
    private static readonly (string Unit, long Bits)[] s_units = [("gbit", 1_000_000_000), ("mbit", 1_000_000), ("kbit", 1_000), ("bit", 1)];

    /// <summary>Reads a speed.</summary>
    /// <param name="text">What the user wrote.</param>
    /// <param name="bitsPerSecond">The speed, 8 or more.</param>
    /// <param name="problem">What is wrong and an example, where the result is false.</param>
    public static bool TryParse(string text, out long bitsPerSecond, out string problem)
    {
        bitsPerSecond = 0;
        problem = $"'{text}' is no speed; expected for example 512kbit, 1mbit or 1.5gbit per second";
        (string? unit, long factor) = Array.Find(s_units, u => text.EndsWith(u.Unit, StringComparison.OrdinalIgnoreCase));
        bool isNumber = decimal.TryParse(text.AsSpan(0, text.Length - (unit?.Length ?? 0)), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number);
        if (isNumber && unit is null) problem = $"'{text}' has no unit; write {text}mbit for megabits per second, or kbit, gbit";
        if (!isNumber || unit is null || number > long.MaxValue / factor) return false;
        bitsPerSecond = (long)(number * factor);
        if (bitsPerSecond >= 8) return true;
        problem = $"'{text}' is less than a byte per second; network:partition lets nothing through";
        return false;
    }

    /// <summary>The text in the largest unit that says it exactly; <see cref="TryParse"/> reads it back.</summary>
    public static string Format(long bitsPerSecond)
    {
        (string unit, long factor) = Array.Find(s_units, u => bitsPerSecond % u.Bits == 0);
        return FormattableString.Invariant($"{bitsPerSecond / factor}{unit}");
    }
}
