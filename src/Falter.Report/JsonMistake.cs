using System.Text.Json;
using System.Text.RegularExpressions;

namespace Falter.Report;

/// <summary>What is wrong with a document, for people: the library's message without the names of types and without its own account of the place.</summary>
internal static partial class JsonMistake
{
    [GeneratedRegex(@"^JSON deserialization for type '[^']*' was missing required properties including: (.*?)\.?$")]
    private static partial Regex Missing();

    [GeneratedRegex(@"^The JSON value could not be converted to (?:[\w.]+\.)?([\w`\[\]]+).*$")]
    private static partial Regex NotConverted();

    /// <summary>One line without a full stop.</summary>
    public static string Of(JsonException exception)
    {
        string message = exception.Message.Split(" Path: ")[0].Split(" LineNumber: ")[0].TrimEnd('.');
        if (Missing().Match(message) is { Success: true } missing) return $"missing required {missing.Groups[1].Value.Replace("'", "", StringComparison.Ordinal)}";
        return NotConverted().IsMatch(message) ? $"{exception.Path ?? "a value"} is of another kind" : message;
    }
}
