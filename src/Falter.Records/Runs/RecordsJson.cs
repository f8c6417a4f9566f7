using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Falter.Records;

/// <summary>The JSON form of everything in a run folder: snake_case names, units in names, enums as kebab-case words.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true,
    Converters = [typeof(SyscallJsonConverter), typeof(ErrnoJsonConverter), typeof(OutcomeJsonConverter), typeof(WordJsonConverter<RunPhase>),
        typeof(WordJsonConverter<Verdict>), typeof(WordJsonConverter<FindingLevel>), typeof(WordJsonConverter<ErrorModelClass>), typeof(WordJsonConverter<FaultPhase>), typeof(WordJsonConverter<PlanOrigin>), typeof(FaultJsonConverter)])]
[JsonSerializable(typeof(RunDescription))]
[JsonSerializable(typeof(IntervalSample))]
[JsonSerializable(typeof(RunEvent))]
[JsonSerializable(typeof(FaultRecord))]
[JsonSerializable(typeof(InjectedCallRecord))]
[JsonSerializable(typeof(CheckSample))]
[JsonSerializable(typeof(RequestSample))]
[JsonSerializable(typeof(Finding))]
[JsonSerializable(typeof(IReadOnlyList<Finding>))]
[JsonSerializable(typeof(NaturalError))]
[JsonSerializable(typeof(LogLine))]
[JsonSerializable(typeof(FaultPlan))]
[JsonSerializable(typeof(IReadOnlyList<FaultPlan>))]
[JsonSerializable(typeof(TurnVerdict))]
[JsonSerializable(typeof(InjectionNotice))]
public sealed partial class RecordsJson : JsonSerializerContext;

/// <summary>The two ways in which <see cref="RecordsJson"/> is written. Text is written as it is (the files are no HTML).</summary>
public static class RecordsFormat
{
    /// <summary>One line, for <c>.jsonl</c> files.</summary>
    public static RecordsJson Line { get; } = new(new JsonSerializerOptions(RecordsJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>Indented, for files that people open.</summary>
    public static RecordsJson Indented { get; } =
        new(new JsonSerializerOptions(RecordsJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = true });
}

/// <summary>Enums as words: <c>not-exercised</c>.</summary>
public sealed class WordJsonConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false)
    where T : struct, Enum;

public sealed class SyscallJsonConverter : JsonConverter<Syscall>
{
    public override Syscall Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Syscall.TryParse(reader.GetString(), out Syscall syscall) ? syscall : throw new JsonException("unknown system call");

    public override void Write(Utf8JsonWriter writer, Syscall value, JsonSerializerOptions options) => writer.WriteStringValue(value.Name);
}

public sealed class ErrnoJsonConverter : JsonConverter<Errno>
{
    public override Errno Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Errno.TryParse(reader.GetString(), out Errno errno) ? errno : throw new JsonException("unknown errno");

    public override void Write(Utf8JsonWriter writer, Errno value, JsonSerializerOptions options) => writer.WriteStringValue(value.Name);
}

/// <summary>Faults in the rule language.</summary>
public sealed class FaultJsonConverter : JsonConverter<Fault>
{
    public override Fault Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var mistakes = new List<Finding>();
        return FaultParser.Read(reader.GetString() ?? "", null, mistakes) ?? throw new JsonException(mistakes[0].Message);
    }

    public override void Write(Utf8JsonWriter writer, Fault value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}

public sealed class OutcomeJsonConverter : JsonConverter<Outcome>
{
    public override Outcome Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Outcome.TryParse(reader.GetString() ?? "", out Outcome outcome) ? outcome : throw new JsonException("unknown outcome");

    public override void Write(Utf8JsonWriter writer, Outcome value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
