namespace Falter.Records;

/// <summary>When a fault begins and how long it lasts: the fields of every kind of fault.</summary>
internal static class TimesReading
{
    public static readonly string[] Keys = ["after", "for"];

    public static TimeSpan After(FaultReading reading) => reading.Value<TimeSpan>("after", Durations.TryParse) ?? TimeSpan.Zero;

    public static TimeSpan? For(FaultReading reading) => reading.Value<TimeSpan>("for", TryReadLength);

    private static bool TryReadLength(string text, out TimeSpan length, out string problem)
    {
        if (!Durations.TryParse(text, out length, out problem)) return false;
        if (length == TimeSpan.Zero) problem = "a fault that lasts for no time does nothing; leave it out, or write for example for=10s";
        return length > TimeSpan.Zero;
    }
}
