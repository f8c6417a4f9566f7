using System.Text.Json;
using Falter.Records;

namespace Falter.Observe;

/// <summary>Reads recordings: of a run folder or of the monitor, also while they are being written or after their writer crashed.</summary>
public static class SampleReader
{
    /// <summary>The intervals, in the order in which they were written. A last one that was cut off is left out.</summary>
    /// <param name="path">The folder, or one of its files, plain or compressed.</param>
    /// <param name="cutOff">Told of each file that ends in the middle of an interval; null where nobody asks.</param>
    /// <exception cref="FalterException"><c>run-not-readable</c>: no such file, a damaged one, or a line that is no interval.</exception>
    public static IEnumerable<IntervalSample> Read(string path, Action<Finding>? cutOff = null) =>
        Files(path).SelectMany(file => ReadFile(file, cutOff));

    private static IReadOnlyList<string> Files(string path)
    {
        if (!Directory.Exists(path)) return [path];
        IReadOnlyList<string> files = RecordingFiles.Of(path);
        return files.Count > 0 ? files
            : throw FalterException.Usage("run-not-readable", $"{path}: no {RunFolderFiles.Samples} or {RunFolderFiles.CompressedSamples} in it; `falter monitor --record DIR` writes such files");
    }

    private static IEnumerable<IntervalSample> ReadFile(string file, Action<Finding>? cutOff)
    {
        using RecordingLines lines = RecordingLines.Open(file);
        int intervals = 0;
        while (Next(file, lines) is { } read)
        {
            if (read.Sample is not { } sample) continue;
            intervals++;
            yield return sample;
        }
        if (lines.IsCutOff)
        {
            cutOff?.Invoke(Finding.Limits("recording-cut-off",
                $"{file}: ends in the middle of an interval, after {intervals} that are whole: its writer was killed, or writes on, or the file was not copied to its end"));
        }
    }

    /// <returns>The next line's interval, none for an empty line or one that was cut off; null at the end.</returns>
    private static (IntervalSample? Sample, int Number)? Next(string file, RecordingLines lines) =>
        lines.TryRead(out ReadOnlySpan<byte> line) ? (line.Length == 0 ? null : Parse(file, lines, line), lines.Number) : null;

    private static IntervalSample? Parse(string file, RecordingLines lines, ReadOnlySpan<byte> line)
    {
        try
        {
            IntervalSample sample = JsonSerializer.Deserialize(line, RecordsFormat.Line.IntervalSample) ?? throw new JsonException("null");
            return MistakeIn(sample) is { } mistake ? throw new JsonException(mistake) : sample;
        }
        // A foreign text that has no line end either does not begin like an interval.
        catch (JsonException) when (lines.IsCutOff && line[0] == '{')
        {
            return null;
        }
        catch (JsonException e)
        {
            throw FalterException.Usage("run-not-readable",
                $"{file}, line {lines.Number}: no interval of an observation ({e.Message.TrimEnd('.')}); expected a recording of `falter monitor --record DIR` or a run folder");
        }
    }

    // Thirty years at a million a second: more would overflow the sums.
    private const long MostCalls = 1_000_000_000_000_000;

    /// <summary>What no monitor writes, and no reader could count with; null where nothing is wrong.</summary>
    private static string? MistakeIn(IntervalSample sample)
    {
        if (sample.IntervalSeconds is not (>= 0 and < double.PositiveInfinity)) return $"interval_seconds is {sample.IntervalSeconds}";
        if (sample.Lost < 0) return $"lost is {sample.Lost}";
        foreach (SyscallRow? row in sample.Rows)
        {
            if (row is null) return "a row is null";
            if (row.Count is < 1 or > MostCalls) return $"count is {row.Count}";
            if (row.TotalNs < 0 || row.Runs < 0) return "total_ns or runs is negative";
            if (row.Latency is { } latency && !IsHistogram(latency)) return "latency is no histogram";
        }
        return null;
    }

    private static bool IsHistogram(LatencyHistogram latency) =>
        latency.First >= 0 && latency.Counts.Count > 0 && latency.First <= LatencyHistogram.BucketCount - latency.Counts.Count && latency.Counts.All(c => c is >= 0 and < long.MaxValue / LatencyHistogram.BucketCount);
}
