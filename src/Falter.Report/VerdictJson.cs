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
            if (document.Models.Any(m => m is null) || document.Plans?.Any(p => p is null) == true || document.Findings.Any(f => f is null)) throw new JsonException("a list holds null");
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

    /// <summary>The plans of one error model each: what versions before plans wrote, and what scripts read.</summary>
    public required IReadOnlyList<VerdictModel> Models { get; init; }

    /// <summary>All plans; null in documents of older versions.</summary>
    public IReadOnlyList<VerdictPlan>? Plans { get; init; }
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
        Models = [.. verdict.Plans.Where(p => p.Plan.Model is not null).Select(VerdictModel.Of)],
        Plans = [.. verdict.Plans.Select(VerdictPlan.Of)],
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
        Plans = Plans is { } plans ? [.. plans.Select(p => p.ToPlanVerdict())] : [.. Models.Select((m, number) => m.ToPlanVerdict(number))],
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

    public static VerdictModel Of(PlanVerdict verdict)
    {
        ErrorModel model = verdict.Plan.Model!;
        return new()
        {
            Syscall = model.Syscall,
            Errno = model.Errno,
            Class = model.Class,
            Weak = model.Weak,
            NormalOutcome = model.NormalOutcome,
            Natural = model.Natural,
            InjectedRate = model.InjectedRate,
            Phase = verdict.Phase ?? FaultPhase.Before,
            Mechanism = verdict.Mechanism,
            Matched = verdict.Counts.Matched,
            Injected = verdict.Counts.Injected,
            Verdict = verdict.Verdict,
            Evidence = [.. verdict.Evidence.Select(e => new VerdictEvidence(e.AtSeconds, e.Text))],
        };
    }

    /// <summary>As far as an older version told: one turn, without times.</summary>
    public PlanVerdict ToPlanVerdict(int number)
    {
        var model = new ErrorModel { Syscall = Syscall, Errno = Errno, Class = Class, Weak = Weak, InjectedRate = InjectedRate, Natural = Natural };
        SyscallFault fault = SyscallFault.Error([Syscall], Errno, InjectedRate) with { Phase = Phase };
        return new PlanVerdict
        {
            Plan = new FaultPlan { Number = number, Name = model.Name, Origin = PlanOrigin.Natural, Faults = [new RoleFault(null, fault)], Models = [model] },
            Turns =
            [
                new TurnVerdict
                {
                    Turn = number, Plan = number, Repetition = 0, Seed = 0, BeginSeconds = 0, EndSeconds = 0, Verdict = Verdict,
                    Evidence = [.. Evidence.Select(e => new Evidence(e.AtS, e.Text))],
                    Counts = [new FaultCount(fault.ToString(), Mechanism, Matched, Injected)],
                },
            ],
        };
    }
}

internal sealed record VerdictPlan
{
    public required FaultPlan Plan { get; init; }
    public required Verdict Verdict { get; init; }

    /// <summary>How many of the runs had this verdict.</summary>
    public required int Held { get; init; }
    public required int Runs { get; init; }
    public required IReadOnlyList<TurnVerdict> Turns { get; init; }
    public string? NotRun { get; init; }
    public RateThreshold? Threshold { get; init; }

    public static VerdictPlan Of(PlanVerdict verdict) => new()
    {
        Plan = verdict.Plan,
        Verdict = verdict.Verdict,
        Held = verdict.Held,
        Runs = verdict.Runs,
        Turns = verdict.Turns,
        NotRun = verdict.NotRun,
        Threshold = verdict.Threshold,
    };

    public PlanVerdict ToPlanVerdict() => new() { Plan = Plan, Turns = Turns, NotRun = NotRun, Threshold = Threshold };
}

internal sealed record VerdictEvidence(double? AtS, string Text);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectNullableAnnotations = true,
    Converters = [typeof(SyscallJsonConverter), typeof(ErrnoJsonConverter), typeof(WordJsonConverter<Verdict>), typeof(WordJsonConverter<FindingLevel>),
        typeof(WordJsonConverter<ErrorModelClass>), typeof(WordJsonConverter<FaultPhase>), typeof(WordJsonConverter<PlanOrigin>), typeof(WordJsonConverter<RunPhase>), typeof(FaultJsonConverter)])]
[JsonSerializable(typeof(VerdictDocument))]
internal sealed partial class VerdictFormatContext : JsonSerializerContext;

internal static class VerdictFormat
{
    public static VerdictFormatContext Indented { get; } =
        new(new JsonSerializerOptions(VerdictFormatContext.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = true });
}
