using System.Globalization;
using Falter.Records;

namespace Falter.Report;

/// <summary>What a file of faults says.</summary>
public sealed record FaultsDocument
{
    /// <summary>In order: of several rules for a call, the first that acts wins.</summary>
    public required IReadOnlyList<Fault> Faults { get; init; }

    /// <summary>Decides the lots; null: the file leaves it open.</summary>
    public ulong? Seed { get; init; }

    /// <summary>How long the faults are armed; null: the file leaves it open.</summary>
    public TimeSpan? Duration { get; init; }
}

/// <summary>
/// Reads faults in YAML or JSON, as rules in the rule language or as maps of the same fields. Whatever is not understood is a mistake with line and column; all are told at once.
/// </summary>
public static class FaultsFile
{
    private const string Code = "faults-not-readable";
    private const string Example = "expected version: 1 and faults: a list of rules";

    // More would bury the first, which often is the cause of the others.
    private const int MostMistakes = 20;

    internal const int CurrentVersion = 1;

    private static readonly string[] s_keys = ["version", "seed", "duration", "faults"];

    /// <summary>Reads a file.</summary>
    /// <exception cref="FalterException"><c>faults-not-readable</c>: no such file, or mistakes in it; mistakes of rules have their own codes.</exception>
    public static FaultsDocument Read(string path)
    {
        try
        {
            return Parse(File.ReadAllText(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FalterException.Usage(Code, $"{path}: {(File.Exists(path) ? e.Message.TrimEnd('.') : "no such file")}");
        }
    }

    /// <summary>Reads a document.</summary>
    /// <param name="text">YAML or JSON.</param>
    /// <param name="source">Its name, for messages.</param>
    /// <exception cref="FalterException"><c>faults-not-readable</c>, and the codes of rules.</exception>
    public static FaultsDocument Parse(string text, string source)
    {
        var mistakes = new List<StrictMistake>();
        var ofRules = new List<(StrictNode Place, Finding Finding)>();
        StrictNode? root = StrictYaml.Parse(text, mistakes);
        FaultsDocument? document = null;
        if (root is StrictMap map) document = Document(map, source, mistakes, ofRules);
        else if (root is not null) mistakes.Add(new StrictMistake(root.Line, root.Column, Example));
        if (document is not null && mistakes.Count + ofRules.Count == 0) return document;
        Finding[] told = [.. mistakes.Select(m => (m.Line, m.Column, Finding: Finding.Refusal(Code, $"{source}, line {m.Line}, column {m.Column}: {m.Message}")))
            .Concat(ofRules.Select(m => (m.Place.Line, m.Place.Column, m.Finding))).OrderBy(m => m.Line).ThenBy(m => m.Column).Select(m => m.Finding)];
        throw new FalterException(told.Length <= MostMistakes ? told : [.. told.Take(MostMistakes), Finding.Refusal(Code, $"{source}: {told.Length - MostMistakes} more mistakes")], ExitCode.Usage);
    }

    private static FaultsDocument Document(StrictMap map, string source, List<StrictMistake> mistakes, List<(StrictNode, Finding)> ofRules)
    {
        var reading = new StrictReading(map, "a file of faults", s_keys, mistakes);
        if (reading.Require("version", "1") && reading.Whole("version") is { } version && version != CurrentVersion)
        {
            reading.Add(reading.Place("version"), $"version {version}; this version of Falter reads version {CurrentVersion}");
        }
        return new FaultsDocument { Seed = Seed(reading), Duration = Duration(reading), Faults = Faults(reading, source, mistakes, ofRules) };
    }

    private static List<Fault> Faults(StrictReading reading, string source, List<StrictMistake> mistakes, List<(StrictNode, Finding)> ofRules)
    {
        var faults = new List<Fault>();
        var places = new Dictionary<Fault, StrictNode>(ReferenceEqualityComparer.Instance);
        foreach (StrictNode item in reading.Require("faults", "[\"openat:error=ENOENT:rate=5%\"]") && reading.List("faults") is { } list ? list.Items : [])
        {
            var findings = new List<Finding>();
            Fault? fault = item is StrictScalar rule
                ? FaultParser.Read(rule.Value, Where(item), findings)
                : FaultMap.Fields(item, source, mistakes) is { } fields ? FaultParser.Read(fields, findings) : null;
            ofRules.AddRange(findings.Select(f => (item, f)));
            if (fault is null) continue;
            faults.Add(fault);
            places[fault] = item;
        }
        if (ofRules.Count == 0) ofRules.AddRange(UnreachableRules.Find(faults, f => Where(places[f])).Select(f => ((StrictNode)reading.Place("faults"), f)));
        return faults;

        string Where(StrictNode node) => $"{source}, line {node.Line}, column {node.Column}";
    }

    private static ulong? Seed(StrictReading reading)
    {
        if (reading.Text("seed") is not { } text) return null;
        if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed)) return seed;
        reading.Add(reading.Place("seed"), $"seed: '{text}' is no whole number of 64 bits from 0 on");
        return null;
    }

    private static TimeSpan? Duration(StrictReading reading)
    {
        if (reading.Text("duration") is not { } text) return null;
        if (Durations.TryParse(text, out TimeSpan duration, out string problem) && duration > TimeSpan.Zero) return duration;
        reading.Add(reading.Place("duration"), $"duration: {(problem.Length > 0 ? problem : "faults that are armed for no time do nothing")}");
        return null;
    }
}
