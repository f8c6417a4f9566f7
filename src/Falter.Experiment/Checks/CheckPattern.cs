using System.Text.RegularExpressions;

namespace Falter.Experiment;

/// <summary>Regular expressions of checks: they are matched with what a broken target sends, so they must end.</summary>
internal static class CheckPattern
{
    // Look-arounds and back references need backtracking, which may take for ever; a probe has other things to do with its time too.
    private const int ShareOfTimeout = 4;

    /// <summary>A pattern that takes time in proportion to its text, or is given up after a quarter of a probe's time-out.</summary>
    public static Regex Of(string pattern, TimeSpan timeout)
    {
        try
        {
            return new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, timeout / ShareOfTimeout);
        }
        catch (NotSupportedException)
        {
            return new Regex(pattern, RegexOptions.CultureInvariant, timeout / ShareOfTimeout);
        }
    }

    /// <summary>Why a text does not pass; null where it does.</summary>
    /// <param name="pattern">What it must match.</param>
    /// <param name="text">The text.</param>
    /// <param name="what">What it is: <c>body</c>.</param>
    public static string? MismatchOf(Regex pattern, string text, string what)
    {
        try
        {
            return pattern.IsMatch(text) ? null : $"the {what} does not match";
        }
        catch (RegexMatchTimeoutException)
        {
            return $"matching the {what} with '{pattern}' took too long";
        }
    }
}
