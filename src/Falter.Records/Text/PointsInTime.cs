using System.Globalization;

namespace Falter.Records;

/// <summary>Points in time as people and Prometheus write them: unix time in seconds (<c>1608552000</c>, <c>1608552000.5</c>) or RFC 3339 (<c>2020-12-21T12:00:00Z</c>).</summary>
public static class PointsInTime
{
    // The last second of the year 9999, which is the last of DateTimeOffset.
    private const double Latest = 253_402_300_799;

    private static readonly string[] s_formats = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    /// <summary>Reads a point in time. A zone is required: the same text would mean another time on another machine.</summary>
    /// <param name="text">What the user wrote.</param>
    /// <param name="time">The time.</param>
    /// <param name="problem">What is wrong and an example, where the result is false.</param>
    public static bool TryParse(string text, out DateTimeOffset time, out string problem)
    {
        time = default;
        problem = "";
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) && seconds is >= 0 and <= Latest)
        {
            time = DateTimeOffset.UnixEpoch.AddMilliseconds(Math.Round(seconds * 1000));
            return true;
        }
        // RFC 3339 lets t and z be small.
        string upper = text.ToUpperInvariant();
        bool hasZone = upper.EndsWith('Z') || (upper.Length > 6 && upper[^6] is '+' or '-' && upper[^3] == ':');
        if (hasZone && DateTimeOffset.TryParseExact(upper, s_formats, CultureInfo.InvariantCulture, DateTimeStyles.None, out time)) return true;
        problem = !hasZone && DateTime.TryParseExact(upper, s_formats, CultureInfo.InvariantCulture, DateTimeStyles.None, out _)
            ? $"{text} has no zone; write {upper}Z for UTC, or add an offset like +01:00"
            : $"'{text}' is no point in time; expected unix time in seconds, or for example 2020-12-21T12:00:00Z";
        return false;
    }
}
