namespace Falter.Records;

/// <summary>How much a finding weighs.</summary>
public enum FindingLevel
{
    /// <summary>Worth knowing; nothing to do.</summary>
    Note,

    /// <summary>Limits how far a result can be trusted.</summary>
    Limits,

    /// <summary>A result is missing because of it.</summary>
    Blocks,

    /// <summary>Nothing was done because of it.</summary>
    Refusal,
}

/// <summary>One thing that the user should know, with a stable code in words (<see cref="FindingCodes"/>).</summary>
/// <param name="Level">How much it weighs.</param>
/// <param name="Code">The code, listed with cause and remedy in <c>docs/reference/codes.md</c>.</param>
/// <param name="Message">Place, what was expected, and an example or remedy, in one sentence or two.</param>
public sealed record Finding(FindingLevel Level, string Code, string Message)
{
    public static Finding Note(string code, string message) => new(FindingLevel.Note, Known(code), message);
    public static Finding Limits(string code, string message) => new(FindingLevel.Limits, Known(code), message);
    public static Finding Blocks(string code, string message) => new(FindingLevel.Blocks, Known(code), message);
    public static Finding Refusal(string code, string message) => new(FindingLevel.Refusal, Known(code), message);

    /// <summary>The message followed by its code, as the command line prints it.</summary>
    public override string ToString() => $"{Message} [{Code}]";

    private static string Known(string code) =>
        FindingCodes.Contains(code) ? code : throw new ArgumentException($"'{code}' is not in FindingCodes", nameof(code));
}
