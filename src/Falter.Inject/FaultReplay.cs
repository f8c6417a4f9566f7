using System.Text.Json;
using Falter.Records;

namespace Falter.Inject;

/// <summary>What a <c>faults.jsonl</c> armed: the same rules in the same order and the same seed make the same choices again.</summary>
/// <param name="Rules">In the rule language.</param>
/// <param name="Seed">What their lots were drawn from.</param>
/// <param name="Duration">How long they were armed.</param>
public sealed record FaultReplay(IReadOnlyList<string> Rules, ulong Seed, TimeSpan Duration)
{
    /// <summary>Reads the file of <c>falter inject --log</c>, or that of a run folder, where every plan was armed alone.</summary>
    /// <param name="path">The file.</param>
    /// <param name="plan">Number of the plan of a run folder; null: all intents together, which then must have one seed.</param>
    /// <exception cref="FalterException"><c>replay-not-readable</c>.</exception>
    public static FaultReplay Read(string path, int? plan = null)
    {
        FaultRecord[] intents = [.. Lines(path).Where(r => r.Step == "intent" && (plan is null || r.Plan == plan))];
        if (intents.Length == 0) throw Mistake(path, plan is null ? "it holds no intent of a fault" : $"it holds no plan {plan}");
        if (intents.Select(i => i.Seed).Distinct().Count() > 1)
        {
            throw Mistake(path, $"its {intents.Length} plans were armed one after the other; choose one with --replay-plan 0 to {intents.Max(i => i.Plan)}");
        }
        if (intents[0].Seed is not { } seed) throw Mistake(path, "it names no seed: an older version wrote it");
        double limit = intents[0].LimitSeconds;
        if (!(limit > 0 && limit < TimeSpan.MaxValue.TotalSeconds)) throw Mistake(path, FormattableString.Invariant($"{limit} seconds are no duration"));
        return new FaultReplay([.. intents.Select(i => i.Rule)], seed, TimeSpan.FromSeconds(limit));
    }

    private static IEnumerable<FaultRecord> Lines(string path)
    {
        string[] lines;
        if (Directory.Exists(path)) throw Mistake(path, $"it is a folder; a run's file is {Path.Combine(path, "faults.jsonl")}");
        try
        {
            lines = File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Mistake(path, e.Message.TrimEnd('.'));
        }
        for (int number = 1; number <= lines.Length; number++)
        {
            if (Line(path, number, lines[number - 1], isLast: number == lines.Length) is { } record) yield return record;
        }
    }

    /// <summary>Null for lines of single calls, and for a last line that was cut off.</summary>
    private static FaultRecord? Line(string path, int number, string line, bool isLast)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) throw new JsonException($"a JSON {root.ValueKind}");
            return root.TryGetProperty("step", out JsonElement step) && step.ValueKind == JsonValueKind.String && step.ValueEquals("injected") ? null : root.Deserialize(RecordsFormat.Line.FaultRecord);
        }
        catch (JsonException e)
        {
            return isLast ? null : throw Mistake(path, $"line {number} is no line of faults.jsonl ({e.Message})");
        }
    }

    private static FalterException Mistake(string path, string what) =>
        FalterException.Usage("replay-not-readable", $"--replay {path}: {what}; expected a file that `falter inject --log FILE` or `falter assess` wrote");
}
