using Falter.Records;

namespace Falter.Model;

/// <summary>What became of a natural error from one window to another.</summary>
public enum ErrorRateChange
{
    /// <summary>It occurs in the second window only.</summary>
    New,

    /// <summary>It occurs in the first window only.</summary>
    Vanished,

    /// <summary>It occurs in both, at rates that differ by more than the threshold and more than chance explains.</summary>
    Changed,

    /// <summary>It occurs in both, and a difference is small or can be chance.</summary>
    Same,
}

/// <summary>How often an error occurred in one window.</summary>
/// <param name="Failures">Invocations that ended in it.</param>
/// <param name="Invocations">All invocations of the call by the process; 0 where it made none.</param>
public readonly record struct ErrorCount(long Failures, long Invocations)
{
    /// <summary>The share, 0 to 1; 0 where there was no invocation.</summary>
    public double Rate => Invocations == 0 ? 0 : Failures / (double)Invocations;

    /// <summary>Wilson's 95 % interval of the share.</summary>
    public (double Low, double High) Interval => Proportions.Wilson(Failures, Invocations);
}

/// <summary>One (process, system call, errno) in both windows.</summary>
/// <param name="Process">The role or process.</param>
/// <param name="Syscall">The call.</param>
/// <param name="Errno">The errno.</param>
/// <param name="Change">What became of it.</param>
/// <param name="First">In the first window.</param>
/// <param name="Second">In the second window.</param>
/// <param name="P">
/// The probability that chance alone makes such a difference, corrected for the number of comparisons; null where one window has no such call, so that nothing can be compared.
/// </param>
/// <param name="Significant">Whether <paramref name="P"/> is below the level that was asked for, and the rates differ by the threshold.</param>
public sealed record ErrorRateDifference(string Process, Syscall Syscall, Errno Errno, ErrorRateChange Change, ErrorCount First, ErrorCount Second, double? P, bool Significant);

/// <summary>When a difference counts.</summary>
public sealed record ErrorRateDiffOptions
{
    /// <summary>The probability of calling any difference significant that is chance, over all comparisons. Share, default 0.01.</summary>
    public double Level { get; init; } = 0.01;

    /// <summary>
    /// Rates that differ by less than this factor count as the same, however certain the difference is: with millions of calls the smallest one is. Default 1.5.
    /// </summary>
    public double Threshold { get; init; } = 1.5;
}

/// <summary>Compares the natural errors of two windows or versions.</summary>
public static class ErrorRateDiff
{
    /// <summary>Every error that occurred in one of them, significant differences first, then by process, call and errno.</summary>
    /// <param name="first">Before.</param>
    /// <param name="second">After.</param>
    /// <param name="options">When a difference counts.</param>
    public static IReadOnlyList<ErrorRateDifference> Between(ErrorWindow first, ErrorWindow second, ErrorRateDiffOptions options)
    {
        Dictionary<(string, Syscall, Errno), ErrorSeries> before = ByKey(first), after = ByKey(second);
        (string Process, Syscall Syscall, Errno Errno)[] keys = [.. before.Keys.Union(after.Keys).OrderBy(k => k.Item1, StringComparer.Ordinal).ThenBy(k => k.Item2.Number).ThenBy(k => k.Item3.Number)];
        (ErrorCount First, ErrorCount Second)[] counts = [.. keys.Select(k => (Count(k, before, first), Count(k, after, second)))];
        int[] comparable = [.. Enumerable.Range(0, keys.Length).Where(i => counts[i].First.Invocations > 0 && counts[i].Second.Invocations > 0)];
        IReadOnlyList<double> adjusted = Holm.Adjusted([.. comparable.Select(i => Test(counts[i]))]);
        double?[] p = new double?[keys.Length];
        for (int i = 0; i < comparable.Length; i++) p[comparable[i]] = adjusted[i];
        return [.. keys.Select((k, i) => Difference(k, counts[i], p[i], options)).OrderByDescending(d => d.Significant)];
    }

    private static ErrorRateDifference Difference((string Process, Syscall Syscall, Errno Errno) key, (ErrorCount First, ErrorCount Second) counts, double? p, ErrorRateDiffOptions options)
    {
        (double low, double high) = counts.First.Rate < counts.Second.Rate ? (counts.First.Rate, counts.Second.Rate) : (counts.Second.Rate, counts.First.Rate);
        bool significant = p < options.Level && high >= low * options.Threshold;
        ErrorRateChange change = counts.First.Failures == 0 ? ErrorRateChange.New : counts.Second.Failures == 0 ? ErrorRateChange.Vanished
            : significant ? ErrorRateChange.Changed : ErrorRateChange.Same;
        return new ErrorRateDifference(key.Process, key.Syscall, key.Errno, change, counts.First, counts.Second, p, significant);
    }

    private static double Test((ErrorCount First, ErrorCount Second) counts) =>
        FisherTest.TwoSided(counts.First.Failures, counts.First.Invocations, counts.Second.Failures, counts.Second.Invocations);

    private static ErrorCount Count((string Process, Syscall Syscall, Errno Errno) key, Dictionary<(string, Syscall, Errno), ErrorSeries> series, ErrorWindow window) =>
        series.TryGetValue(key, out ErrorSeries? found) ? new ErrorCount(found.Failures, found.Invocations) : new ErrorCount(0, window.Invocations.GetValueOrDefault((key.Process, key.Syscall)));

    private static Dictionary<(string, Syscall, Errno), ErrorSeries> ByKey(ErrorWindow window) => window.Series.ToDictionary(s => (s.Process, s.Syscall, s.Errno));
}
