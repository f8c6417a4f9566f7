using System.Globalization;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>What probes come to.</summary>
internal static class Probe
{
    private const int LongestDetail = 200;

    /// <summary>An answer that is not within the tolerance.</summary>
    public static ProbeResult Failed(string detail) => new(Passed: false, Answered: true, Cut(detail));

    /// <summary>No answer.</summary>
    public static ProbeResult TimedOut(TimeSpan timeout) => new(Passed: false, Answered: false, $"timeout after {Durations.Format(timeout)}");

    /// <summary>A number, which is or is not within the tolerance.</summary>
    /// <param name="value">NaN is never within it.</param>
    /// <param name="tolerance">The bounds.</param>
    /// <param name="unit">Behind the number, with its space; empty for none.</param>
    public static ProbeResult Measured(double value, Tolerance tolerance, string unit)
    {
        string number = value.ToString("0.######", CultureInfo.InvariantCulture);
        if (tolerance.Holds(value)) return new ProbeResult(Passed: true, Answered: true, number + unit, value);
        string bound = tolerance switch
        {
            { Least: { } least, Most: { } most } => string.Create(CultureInfo.InvariantCulture, $"from {least:0.######} to {most:0.######}"),
            { Least: { } least } => string.Create(CultureInfo.InvariantCulture, $"at least {least:0.######}"),
            { Most: { } most } => string.Create(CultureInfo.InvariantCulture, $"at most {most:0.######}"),
            _ => "a number",
        };
        // NaN is no value that statistics could take.
        return new ProbeResult(Passed: false, Answered: true, $"{number}{unit}; expected {bound}", double.IsNaN(value) ? null : value);
    }

    /// <summary>One line of a text, without what a terminal or a page would take for more than text.</summary>
    public static string Cut(string text)
    {
        ReadOnlySpan<char> start = text.AsSpan(0, Math.Min(text.Length, LongestDetail));
        return start.IndexOfAnyInRange('\0', '\x1f') < 0 && start.Length == text.Length ? text : string.Concat(start.ToArray().Select(c => char.IsControl(c) ? ' ' : c));
    }
}
