using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Falter.Records;

namespace Falter.Report;

/// <summary>A run folder, read.</summary>
public sealed record RunData
{
    /// <summary>The folder's absolute path.</summary>
    public required string Folder { get; init; }

    public required RunDescription Run { get; init; }

    /// <summary>Null where the run ended before anything was judged.</summary>
    public required RunVerdict? Verdict { get; init; }

    public required IReadOnlyList<IntervalSample> Samples { get; init; }
    public required IReadOnlyList<RunEvent> Events { get; init; }
    public required IReadOnlyList<FaultRecord> Faults { get; init; }
    public required IReadOnlyList<CheckSample> Checks { get; init; }
    public required IReadOnlyList<RequestSample> Requests { get; init; }

    /// <summary>What the target wrote during each fault plan, at most the first 64 KiB; a plan has no entry where the target was not launched by Falter.</summary>
    public required IReadOnlyDictionary<int, IReadOnlyList<string>> TargetLog { get; init; }
}

/// <summary>Reads run folders, also those of runs that were interrupted or killed: a last line that was cut off is left out.</summary>
public static class RunFolderReader
{
    private const int MostLogBytes = 1 << 16;

    /// <summary>What was run, without what came of it.</summary>
    /// <exception cref="FalterException"><c>run-not-readable</c>.</exception>
    public static RunDescription ReadDescription(string folder)
    {
        string description = Path.Combine(Path.GetFullPath(folder), RunFolderFiles.Run);
        if (!File.Exists(description)) throw FalterException.Usage("run-not-readable", $"{folder}: no {RunFolderFiles.Run} in it; expected a folder that `falter run` or `falter assess` wrote");
        return Parse(Text(description), RecordsFormat.Line.RunDescription, description, line: null);
    }

    /// <exception cref="FalterException"><c>run-not-readable</c>: no run folder, or one that another version or another hand wrote.</exception>
    public static RunData Read(string folder)
    {
        string path = Path.GetFullPath(folder);
        string description = Path.Combine(path, RunFolderFiles.Run), verdict = Path.Combine(path, RunFolderFiles.Verdict);
        if (!File.Exists(description)) throw FalterException.Usage("run-not-readable", $"{folder}: no {RunFolderFiles.Run} in it; expected a folder that `falter assess` wrote");
        IReadOnlyList<RunEvent> events = Lines(path, RunFolderFiles.Events, RecordsFormat.Line.RunEvent);
        return new RunData
        {
            Folder = path,
            Run = Parse(Text(description), RecordsFormat.Line.RunDescription, description, line: null),
            Verdict = File.Exists(verdict) ? VerdictJson.Read(Text(verdict), verdict) : null,
            Samples = Lines(path, RunFolderFiles.Samples, RecordsFormat.Line.IntervalSample),
            Events = events,
            Faults = Lines(path, RunFolderFiles.Faults, RecordsFormat.Line.FaultRecord),
            Checks = Lines(path, RunFolderFiles.Checks, RecordsFormat.Line.CheckSample),
            Requests = Lines(path, RunFolderFiles.Load, RecordsFormat.Line.RequestSample),
            TargetLog = Logs(Path.Combine(path, RunFolderFiles.TargetLog), events),
        };
    }

    private static IReadOnlyList<T> Lines<T>(string folder, string name, JsonTypeInfo<T> type)
    {
        string file = Path.Combine(folder, name);
        if (!File.Exists(file)) return [];
        string text = Text(file);
        // Whole lines only: what follows the last line break was being written when the run was killed.
        string[] lines = text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return [.. lines.Select((line, i) => Parse(line, type, file, i + 1))];
    }

    private static string Text(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FalterException.Usage("run-not-readable", $"{file}: {e.Message.TrimEnd('.')}");
        }
    }

    private static T Parse<T>(string json, JsonTypeInfo<T> type, string file, int? line)
    {
        try
        {
            return JsonSerializer.Deserialize(json, type) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw FalterException.Usage("run-not-readable", $"{file}{(line is { } n ? $", line {n}" : "")}: not what Falter writes there ({JsonMistake.Of(e)})");
        }
    }

    private static Dictionary<int, IReadOnlyList<string>> Logs(string file, IReadOnlyList<RunEvent> events)
    {
        if (!File.Exists(file)) return [];
        using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return events.Where(e => e is { Kind: "log-length", Plan: not null, Value: not null }).GroupBy(e => e.Plan!.Value)
            .ToDictionary(g => g.Key, g => (IReadOnlyList<string>)Part(stream, g.First().Value!.Value, g.Count() > 1 ? g.Last().Value!.Value : stream.Length));
    }

    private static string[] Part(FileStream stream, long from, long to)
    {
        var bytes = new byte[Math.Clamp(Math.Min(to, stream.Length) - from, 0, MostLogBytes)];
        stream.Seek(from, SeekOrigin.Begin);
        int read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return System.Text.Encoding.UTF8.GetString(bytes, 0, read).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
