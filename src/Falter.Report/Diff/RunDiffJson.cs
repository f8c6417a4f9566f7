using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Falter.Records;

namespace Falter.Report;

/// <summary>A comparison of two runs as JSON, schema <c>falter/report-diff/1</c>: fields are added, never renamed.</summary>
public static class RunDiffJson
{
    public const string Schema = "falter/report-diff/1";

    private static readonly RunDiffFormatContext s_format = new(new JsonSerializerOptions(RunDiffFormatContext.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = true });

    /// <summary>The document, indented; always with all plans.</summary>
    public static string Write(RunDifferences d) => JsonSerializer.Serialize(new RunDiffDocument(Schema, ComparedRun.Of(d.A), ComparedRun.Of(d.B), d.FailOn, d.NewlyBroken,
        Enum.GetValues<PlanChange>().ToDictionary(c => Words.Of(c), d.Count), d.Plans, d.Findings), s_format.RunDiffDocument);
}

internal sealed record RunDiffDocument(string Schema, ComparedRun A, ComparedRun B, Verdict FailOn, int NewlyBroken, IReadOnlyDictionary<string, int> Summary, IReadOnlyList<PlanDifference> Plans, IReadOnlyList<Finding> Findings);

internal sealed record ComparedRun(string Run, string Experiment, ulong Seed)
{
    public static ComparedRun Of(RunDescription run) => new(run.Run, run.Experiment ?? run.Target, run.Seed);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(WordJsonConverter<Verdict>), typeof(WordJsonConverter<FindingLevel>), typeof(WordJsonConverter<PlanChange>), typeof(WordJsonConverter<ThresholdMove>)])]
[JsonSerializable(typeof(RunDiffDocument))]
internal sealed partial class RunDiffFormatContext : JsonSerializerContext;
