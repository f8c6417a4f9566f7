using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Falter.Records;

namespace Falter.Report;

/// <summary><c>verdict.json</c>, schema <c>falter/verdict/1</c>: an interface that scripts and CI read; fields are added, never renamed.</summary>
public static class VerdictJson
{
    public const string Schema = "falter/verdict/1";

    /// <summary>The document, indented.</summary>
    public static string Write(RunVerdict verdict) => JsonSerializer.Serialize(VerdictDocument.Of(verdict), VerdictFormat.Indented.VerdictDocument);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <param name="json">The document.</param>
    /// <param name="source">Its name, for messages.</param>
    /// <exception cref="FalterException"><c>run-not-readable</c>: no JSON, or another schema.</exception>
    public static RunVerdict Read(string json, string source)
    {
        try
        {
            // The schema first: a document of another version may lack or rename anything else.
            string? schema = SchemaOf(json);
            if (schema != Schema) throw FalterException.Usage("run-not-readable", $"{source}: schema {(schema is null ? "missing" : $"'{schema}'")}; this version reads {Schema}");
            VerdictDocument document = JsonSerializer.Deserialize(json, VerdictFormat.Indented.VerdictDocument)!;
            if (document.Models.Any(m => m is null) || document.Findings.Any(f => f is null)) throw new JsonException("a list holds null");
            return document.ToVerdict();
        }
        catch (JsonException e)
        {
            throw FalterException.Usage("run-not-readable", $"{source}: line {(e.LineNumber ?? 0) + 1}: {JsonMistake.Of(e)}");
        }
    }

    private static string? SchemaOf(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("schema", out JsonElement schema) && schema.ValueKind == JsonValueKind.String
            ? schema.GetString() : null;
    }
}

internal sealed record VerdictDocument
{
    public required string Schema { get; init; }
    public required string Run { get; init; }
    public required string Target { get; init; }
    public required ulong Seed { get; init; }
    public required IReadOnlyList<VerdictModel> Models { get; init; }
    public required long LostEvents { get; init; }
    public required IReadOnlyList<Finding> Findings { get; init; }
    public required bool Interrupted { get; init; }
    public required IReadOnlyDictionary<string, int> Summary { get; init; }

    public static VerdictDocument Of(RunVerdict verdict) => new()
    {
        Schema = VerdictJson.Schema,
        Run = verdict.Run,
        Target = verdict.Target,
        Seed = verdict.Seed,
        Models = [.. verdict.Models.Select(VerdictModel.Of)],
        LostEvents = verdict.LostEvents,
        Findings = verdict.Findings,
        Interrupted = verdict.Interrupted,
        Summary = verdict.Summary.ToDictionary(s => Words.Of(s.Key), s => s.Value),
    };

    public RunVerdict ToVerdict() => new()
    {
        Run = Run,
        Target = Target,
        Seed = Seed,
        Models = [.. Models.Select(m => m.ToModelVerdict())],
        LostEvents = LostEvents,
        Findings = Findings,
        Interrupted = Interrupted,
    };
}

internal sealed record VerdictModel
{
    public required Syscall Syscall { get; init; }
    public required Errno Errno { get; init; }
    public required ErrorModelClass Class { get; init; }
    public required bool Weak { get; init; }
    public required bool NormalOutcome { get; init; }
    public required NaturalError Natural { get; init; }
    public required double InjectedRate { get; init; }
    public required FaultPhase Phase { get; init; }
    public required string Mechanism { get; init; }
    public required long Matched { get; init; }
    public required long Injected { get; init; }
    public required Verdict Verdict { get; init; }
    public required IReadOnlyList<VerdictEvidence> Evidence { get; init; }

    public static VerdictModel Of(ModelVerdict verdict) => new()
    {
        Syscall = verdict.Model.Syscall,
        Errno = verdict.Model.Errno,
        Class = verdict.Model.Class,
        Weak = verdict.Model.Weak,
        NormalOutcome = verdict.Model.NormalOutcome,
        Natural = verdict.Model.Natural,
        InjectedRate = verdict.Model.InjectedRate,
        Phase = verdict.Phase,
        Mechanism = verdict.Mechanism,
        Matched = verdict.Counts.Matched,
        Injected = verdict.Counts.Injected,
        Verdict = verdict.Verdict,
        Evidence = [.. verdict.Evidence.Select(e => new VerdictEvidence(e.AtSeconds, e.Text))],
    };

    public ModelVerdict ToModelVerdict() => new()
    {
        Model = new ErrorModel { Syscall = Syscall, Errno = Errno, Class = Class, Weak = Weak, InjectedRate = InjectedRate, Natural = Natural },
        Phase = Phase,
        Mechanism = Mechanism,
        Counts = new InjectionCounts(Matched, Injected),
        Verdict = Verdict,
        Evidence = [.. Evidence.Select(e => new Evidence(e.AtS, e.Text))],
    };
}

internal sealed record VerdictEvidence(double? AtS, string Text);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectNullableAnnotations = true,
    Converters = [typeof(SyscallJsonConverter), typeof(ErrnoJsonConverter), typeof(WordJsonConverter<Verdict>), typeof(WordJsonConverter<FindingLevel>),
        typeof(WordJsonConverter<ErrorModelClass>), typeof(WordJsonConverter<FaultPhase>)])]
[JsonSerializable(typeof(VerdictDocument))]
internal sealed partial class VerdictFormatContext : JsonSerializerContext;

internal static class VerdictFormat
{
    public static VerdictFormatContext Indented { get; } =
        new(new JsonSerializerOptions(VerdictFormatContext.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = true });
}
