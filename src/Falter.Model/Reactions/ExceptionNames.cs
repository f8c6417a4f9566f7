using System.Text.RegularExpressions;

namespace Falter.Model;

/// <summary>The exception that a line of a log tells of: .NET's and Java's by their type names, Python's and JavaScript's errors, Go's panics, Rust's panics.</summary>
public static partial class ExceptionNames
{
    /// <summary>Its name: <c>System.IO.IOException</c>, <c>OSError</c>, <c>panic: runtime error: index out of range</c>; null where the line tells of none.</summary>
    public static string? In(string line)
    {
        if (Panics().Match(line) is { Success: true } panic) return LogTemplate.Of(panic.Value);
        return Types().Match(line) is { Success: true } type ? type.Groups["name"].Value : null;
    }

    /// <summary>
    /// A type whose name ends in Exception or Error, alone or with its namespaces, as it stands at the head of a message or a line. <c>Error</c> by itself is a word that any line may begin with.
    /// </summary>
    [GeneratedRegex(@"(?<![\w$./-])(?<name>(?:[A-Za-z_]\w*[.$])*(?!Error\b|Exception\b)[A-Z]\w*(?:Exception|Error))(?![\w$./])(?=\s*(?::|\(|$|\r|\[|--->| at ))")]
    private static partial Regex Types();

    [GeneratedRegex(@"(?<=^|\s)(?:panic: .*|fatal error: .*|thread '[^']*' panicked.*)$")]
    private static partial Regex Panics();
}
