namespace Falter.Records;

/// <summary>The one thing that a fault of processes, networks or containers does.</summary>
internal static class ActionReading
{
    /// <summary>The one of these keys that is given; null, with a mistake added, where none or several are.</summary>
    public static string? Of(FaultReading reading, IReadOnlyList<string> actions, string example)
    {
        string[] given = [.. actions.Where(reading.Has)];
        if (given.Length == 1) return given[0];
        reading.Refuse(given.Length == 0
            ? $"nothing is to be done; expected one of {string.Join(", ", actions)}, for example {example}"
            : $"{string.Join(" and ", given)}: one fault does one thing; write several");
        return null;
    }
}
