using System.Globalization;

namespace Falter.Records;

/// <summary>Durations as people write them: <c>250ms</c>, <c>10s</c>, <c>1m30s</c>, <c>2h</c>. A bare number is refused: it would hide its unit.</summary>
public static class Durations
{
    private static readonly System.Buffers.SearchValues<char> s_numberChars = System.Buffers.SearchValues.Create("0123456789.");

    private static readonly (string Unit, long Ticks)[] s_units =
    [
        ("ms", TimeSpan.TicksPerMillisecond), ("us", TimeSpan.TicksPerMicrosecond), ("µs", TimeSpan.TicksPerMicrosecond),
        ("h", TimeSpan.TicksPerHour), ("m", TimeSpan.TicksPerMinute), ("s", TimeSpan.TicksPerSecond),
    ];

    /// <summary>Reads a duration of one or more number-and-unit parts.</summary>
    /// <param name="text">What the user wrote.</param>
    /// <param name="duration">The duration, never negative.</param>
    /// <param name="problem">What is wrong and an example, where the result is false.</param>
    public static bool TryParse(string text, out TimeSpan duration, out string problem)
    {
        duration = TimeSpan.Zero;
        problem = "";
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _))
        {
            problem = $"'{text}' has no unit; write {text}s for seconds or {text}ms for milliseconds";
            return false;
        }
        double ticks = 0;
        ReadOnlySpan<char> rest = text;
        while (!rest.IsEmpty)
        {
            int digits = rest.IndexOfAnyExcept(s_numberChars);
            if (digits <= 0 || !double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) ||
                !TryTakeUnit(rest[digits..], out long unit, out int length))
            {
                problem = $"'{text}' is no duration; expected for example 250ms, 10s, 1m30s";
                return false;
            }
            ticks += number * unit;
            rest = rest[(digits + length)..];
        }
        if (text.Length == 0 || ticks > TimeSpan.MaxValue.Ticks / 2)
        {
            problem = $"'{text}' is no duration; expected for example 250ms, 10s, 1m30s";
            return false;
        }
        // 1.001 s is 10009999.999999998 ticks in binary fractions.
        duration = TimeSpan.FromTicks((long)Math.Round(ticks));
        return true;
    }

    /// <summary>The shortest text that <see cref="TryParse"/> reads back to the same duration.</summary>
    public static string Format(TimeSpan duration)
    {
        if (duration == TimeSpan.Zero) return "0s";
        var text = new System.Text.StringBuilder();
        if (duration.TotalHours >= 1) text.Append(CultureInfo.InvariantCulture, $"{(long)duration.TotalHours}h");
        if (duration.Minutes > 0) text.Append(CultureInfo.InvariantCulture, $"{duration.Minutes}m");
        long ticks = duration.Ticks % TimeSpan.TicksPerMinute;
        if (ticks == 0) return text.ToString();
        if (ticks % TimeSpan.TicksPerMillisecond != 0) text.Append(CultureInfo.InvariantCulture, $"{ticks / 10m:0.#}us");
        else if (ticks < TimeSpan.TicksPerSecond) text.Append(CultureInfo.InvariantCulture, $"{ticks / TimeSpan.TicksPerMillisecond}ms");
        else text.Append(CultureInfo.InvariantCulture, $"{ticks / (decimal)TimeSpan.TicksPerSecond:0.###}s");
        return text.ToString();
    }

    private static bool TryTakeUnit(ReadOnlySpan<char> text, out long ticks, out int length)
    {
        foreach ((string unit, long unitTicks) in s_units)
        {
            if (!text.StartsWith(unit, StringComparison.Ordinal)) continue;
            (ticks, length) = (unitTicks, unit.Length);
            return true;
        }
        (ticks, length) = (0, 0);
        return false;
    }
}
