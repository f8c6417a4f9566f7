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

    /// <summary>Null where the run ended before anything was judged. Of a run that was killed, what had been judged until then.</summary>
    public required RunVerdict? Verdict { get; init; }

    /// <summary>Whether the run was killed, or goes on still: turns are finished and verdict.json is not written.</summary>
    public bool IsCutOff { get; init; }

    public required IReadOnlyList<IntervalSample> Samples { get; init; }
    public required IReadOnlyList<RunEvent> Events { get; init; }
    public required IReadOnlyList<FaultRecord> Faults { get; init; }
    public required IReadOnlyList<CheckSample> Checks { get; init; }
    public required IReadOnlyList<RequestSample> Requests { get; init; }

    /// <summary>The fault plans; empty where the run ended before they were made, and in folders of versions before plans.</summary>
    public IReadOnlyList<FaultPlan> Plans { get; init; } = [];

    /// <summary>The turns that were finished, in their order.</summary>
    public IReadOnlyList<TurnVerdict> Turns { get; init; } = [];

    /// <summary>What the system's roles wrote, in the order of time.</summary>
    public IReadOnlyList<LogLine> Log { get; init; } = [];

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
        RunDescription run = Parse(Text(description), RecordsFormat.Line.RunDescription, description, line: null);
        string plansFile = Path.Combine(path, RunFolderFiles.Plans);
        IReadOnlyList<FaultPlan> plans = File.Exists(plansFile) ? Parse(Text(plansFile), RecordsFormat.Line.IReadOnlyListFaultPlan, plansFile, line: null) : [];
        IReadOnlyList<TurnVerdict> turns = Lines(path, RunFolderFiles.Turns, RecordsFormat.Line.TurnVerdict);
        // Of a plan only what a finished turn covers: a turn that was cut off was run anew later, and its samples are of no verdict.
        bool Counts(double at, int? plan) => plan is null || turns.Count == 0 || turns.Any(t => t.Plan == plan && at >= t.BeginSeconds && at <= t.EndSeconds);
        IReadOnlyList<LogLine> log = [.. Lines(path, RunFolderFiles.Log, RecordsFormat.Line.LogLine).Where(l => Counts(l.AtSeconds, l.Plan))];
        return new RunData
        {
            Folder = path,
            Run = run,
            Verdict = File.Exists(verdict) ? VerdictJson.Read(Text(verdict), verdict) : turns.Count > 0 ? Unfinished(run, plans, turns) : null,
            IsCutOff = !File.Exists(verdict) && turns.Count > 0,
            Plans = plans,
            Turns = turns,
            Log = log,
            Samples = Lines(path, RunFolderFiles.Samples, RecordsFormat.Line.IntervalSample),
            Events = [.. events.Where(e => Counts(e.AtSeconds, e.Plan))],
            Faults = Lines(path, RunFolderFiles.Faults, RecordsFormat.Line.FaultRecord),
            Checks = [.. Lines(path, RunFolderFiles.Checks, RecordsFormat.Line.CheckSample).Where(c => Counts(c.AtSeconds, c.Plan))],
            Requests = [.. Lines(path, RunFolderFiles.Load, RecordsFormat.Line.RequestSample).Where(r => Counts(r.AtSeconds, r.Plan))],
            TargetLog = log.Count > 0 ? Logs(log) : Logs(Path.Combine(path, RunFolderFiles.TargetLog), events),
        };
    }

    /// <summary>What had been judged of a run that was killed, or goes on still.</summary>
    private static RunVerdict Unfinished(RunDescription run, IReadOnlyList<FaultPlan> plans, IReadOnlyList<TurnVerdict> turns) => new()
    {
        Run = run.Run,
        Target = run.Target,
        Seed = run.Seed,
        Plans = [.. plans.Select(p => new PlanVerdict { Plan = p, Turns = [.. turns.Where(t => t.Plan == p.Number)], NotRun = turns.Any(t => t.Plan == p.Number) ? null : "The run ended before it." })],
        LostEvents = 0,
        Findings = [Finding.Limits("interrupted", "The run was cut off, or goes on still; `falter run --resume FOLDER` goes on with one that was cut off.")],
        Interrupted = true,
    };

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

    private static Dictionary<int, IReadOnlyList<string>> Logs(IReadOnlyList<LogLine> log)
    {
        var logs = new Dictionary<int, IReadOnlyList<string>>();
        foreach (IGrouping<int, LogLine> plan in log.Where(l => l.Plan is not null).GroupBy(l => l.Plan!.Value))
        {
            int bytes = 0;
            bool several = log.Select(l => l.Role).Distinct().Skip(1).Any();
            logs[plan.Key] = [.. plan.Select(l => several ? $"{l.Role}: {l.Text}" : l.Text).TakeWhile(l => (bytes += l.Length + 1) <= MostLogBytes)];
        }
        return logs;
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
