using System.Text.Json;
using Falter.Records;

namespace Falter.Observe;

/// <summary>Reads <c>samples.jsonl</c> of a run folder, also while it is being written or after its writer crashed.</summary>
public static class SampleReader
{
    /// <summary>The intervals, in the order in which they were written. A last line that was cut off is left out.</summary>
    /// <param name="path">The run folder, or the file itself.</param>
    /// <exception cref="FalterException"><c>run-not-readable</c>: no such file, or a line that is no interval.</exception>
    public static IEnumerable<IntervalSample> Read(string path) => Read(path, _ => { });

    /// <summary>The intervals, as <see cref="Read(string)"/>.</summary>
    /// <param name="path">The run folder, or the file itself.</param>
    /// <param name="tell">Told <c>recording-cut-off</c> where the last line was left out.</param>
    public static IEnumerable<IntervalSample> Read(string path, Action<Finding> tell)
    {
        string file = Directory.Exists(path) ? Path.Combine(path, RunFolderFiles.Samples) : path;
        using StreamReader reader = OpenFile(file, out bool cutOff);
        int number = 0;
        string? line = reader.ReadLine();
        while (line is not null)
        {
            number++;
            string? next = reader.ReadLine();
            if (line.Length > 0 && Parse(file, number, line, mayBeCutOff: cutOff && next is null) is { } sample) yield return sample;
            else if (line.Length > 0) tell(Finding.Limits("recording-cut-off", $"{file}, line {number}: cut off, so this last interval was left out; the recording ended while it was written"));
            line = next;
        }
    }

    /// <param name="file">The file.</param>
    /// <param name="cutOff">Whether its last line has no end.</param>
    private static StreamReader OpenFile(string file, out bool cutOff)
    {
        try
        {
            var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            if (stream.Length > 0) stream.Seek(-1, SeekOrigin.End);
            cutOff = stream.ReadByte() != '\n';
            stream.Position = 0;
            return new StreamReader(stream);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FalterException.Usage("run-not-readable", $"{file}: {(File.Exists(file) ? e.Message.TrimEnd('.') : "no such file")}; `falter monitor --record DIR` writes such a file");
        }
    }

    private static IntervalSample? Parse(string file, int number, string line, bool mayBeCutOff)
    {
        try
        {
            IntervalSample sample = JsonSerializer.Deserialize(line, RecordsFormat.Line.IntervalSample) ?? throw new JsonException("null");
            if (sample.Rows.Any(r => r is null || r.Count < 0 || r.Runs < 0) || sample.Lost < 0) throw new JsonException("a row without a count of 0 or more");
            return sample;
        }
        // A foreign text that has no line end either does not begin like an interval.
        catch (JsonException) when (mayBeCutOff && line[0] == '{')
        {
            return null;
        }
        catch (JsonException e)
        {
            throw FalterException.Usage("run-not-readable", $"{file}, line {number}: no interval of an observation ({e.Message})");
        }
    }
}
