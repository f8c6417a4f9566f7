using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>What is known of a run that was cut off at any moment, also by a loss of power: where it goes on.</summary>
public sealed record UnfinishedRun
{
    /// <summary>The plans; null where the run was cut off before they were on the disk.</summary>
    public IReadOnlyList<FaultPlan>? Plans { get; init; }

    /// <summary>The turns that were finished, in their order.</summary>
    public IReadOnlyList<TurnVerdict> Turns { get; init; } = [];

    /// <summary>After the last moment that any line tells of, in whole seconds since the run began. What is written from there on cannot be taken for what was written before.</summary>
    public double NextSecond { get; init; }

    /// <summary>What was found until then, without what was found in turns that were cut off.</summary>
    public IReadOnlyList<Finding> Findings { get; init; } = [];

    /// <summary>System calls that the observation could not count.</summary>
    public long LostEvents { get; init; }

    /// <summary>The events that a turn begins, at its <see cref="TurnVerdict.BeginSeconds"/>, and that a run goes on (value 1: with its plans, 0: with a new observation).</summary>
    internal const string TurnBegan = "turn-began", Resumed = "resumed";

    // The last lines of a file bear its latest moments: they are written when something ends, at most its time-out after it began.
    private const int EndOfFile = 1 << 18;

    /// <summary>Reads a run folder.</summary>
    /// <exception cref="FalterException"><c>run-not-readable</c>: a whole line is not what Falter writes.</exception>
    public static UnfinishedRun Read(string folder)
    {
        IReadOnlyList<TurnVerdict> turns = Lines(folder, RunFolderFiles.Turns, RecordsFormat.Line.TurnVerdict);
        IReadOnlyList<FaultPlan>? plans = ReadPlans(Path.Combine(folder, RunFolderFiles.Plans));
        return new UnfinishedRun
        {
            Plans = plans,
            Turns = turns,
            NextSecond = Math.Floor(LastSecond(folder, turns)) + 1,
            Findings = plans is null ? [] : [.. FindingsOf(Lines(folder, RunFolderFiles.Events, RecordsFormat.Line.RunEvent), turns).Distinct()],
            LostEvents = Lines(folder, RunFolderFiles.Samples, RecordsFormat.Line.IntervalSample).Sum(s => s.Lost),
        };
    }

    private static IReadOnlyList<FaultPlan>? ReadPlans(string file)
    {
        // Renamed to its name when it was whole: there is all of it, or none.
        if (!File.Exists(file)) return null;
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(file), RecordsFormat.Line.IReadOnlyListFaultPlan);
        }
        catch (JsonException e)
        {
            throw NotReadable(file, e);
        }
    }

    private static List<T> Lines<T>(string folder, string name, JsonTypeInfo<T> type)
    {
        string file = Path.Combine(folder, name);
        var lines = new List<T>();
        foreach (string line in CutOff.LastLines(file, int.MaxValue))
        {
            try
            {
                lines.Add(JsonSerializer.Deserialize(line, type) ?? throw new JsonException("null"));
            }
            catch (JsonException e)
            {
                throw NotReadable($"{file}, line {lines.Count + 1}", e);
            }
        }
        return lines;
    }

    /// <summary>What was found in finished turns and outside of turns; turns that were cut off, and observations that were, are made anew, and find it again.</summary>
    internal static List<Finding> FindingsOf(IReadOnlyList<RunEvent> events, IReadOnlyList<TurnVerdict> finished)
    {
        var findings = new List<Finding>();
        bool counts = true;
        foreach (RunEvent happened in events)
        {
            switch (happened.Kind)
            {
                case TurnBegan:
                    counts = finished.Any(t => Math.Abs(t.BeginSeconds - happened.AtSeconds) < 0.0005);
                    break;
                case Resumed:
                    if (happened.Value == 0) findings.Clear();
                    counts = true;
                    break;
                case "finding" when counts && FindingOf(happened) is { } finding:
                    findings.Add(finding);
                    break;
            }
        }
        return findings;
    }

    /// <summary>The finding of an event: its text is the message and, in brackets, the code.</summary>
    internal static Finding? FindingOf(RunEvent happened)
    {
        int at = happened.Text.LastIndexOf(" [", StringComparison.Ordinal);
        if (at < 0 || !happened.Text.EndsWith(']')) return null;
        string code = happened.Text[(at + 2)..^1];
        return FindingCodes.Contains(code) && happened.Value is { } level && Enum.IsDefined((FindingLevel)level) ? new Finding((FindingLevel)level, code, happened.Text[..at]) : null;
    }

    private static double LastSecond(string folder, IReadOnlyList<TurnVerdict> turns)
    {
        double last = turns.Select(t => t.EndSeconds).DefaultIfEmpty(0).Max();
        foreach (string name in new[] { RunFolderFiles.Events, RunFolderFiles.Checks, RunFolderFiles.Load, RunFolderFiles.Log, RunFolderFiles.Faults })
        {
            foreach (string line in CutOff.LastLines(Path.Combine(folder, name), EndOfFile)) last = Math.Max(last, AtSeconds(line));
        }
        return last;
    }

    private static double AtSeconds(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("at_seconds", out JsonElement at) && at.TryGetDouble(out double seconds) ? seconds : 0;
        }
        catch (JsonException)
        {
            // The first of the lines may have been cut in the middle of a character; the others are read by those who need them.
            return 0;
        }
    }

    private static FalterException NotReadable(string place, JsonException e) =>
        FalterException.Usage("run-not-readable", $"{place}: not what Falter writes there ({e.Message.Split(". Path")[0].TrimEnd('.')}); the run cannot go on from it");
}
