using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Falter.Model;
using Falter.Records;

namespace Falter.Report;

/// <summary>Error models as JSON: <c>{"version":1,"rule":"ratio",…,"models":[…]}</c>, the same document as <see cref="ModelsYaml"/>.</summary>
public static class ModelsJson
{
    public static string Write(ErrorModelSet set) => JsonSerializer.Serialize(ModelsDocument.Of(set), s_format.ModelsDocument);

    private static readonly ModelsFormatContext s_format =
        new(new JsonSerializerOptions(ModelsFormatContext.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = true });
}

internal sealed record ModelsDocument
{
    public const int CurrentVersion = 1;

    public required int Version { get; init; }
    public required ErrorModelRule Rule { get; init; }
    public required ModelsConstants Constants { get; init; }
    public required string Source { get; init; }
    public required int Intervals { get; init; }
    public required int LeftOutIntervals { get; init; }
    public required long Lost { get; init; }
    public required IReadOnlyList<ModelEntry> Models { get; init; }

    public static ModelsDocument Of(ErrorModelSet set) => new()
    {
        Version = CurrentVersion,
        Rule = set.Options.Rule,
        Constants = ModelsConstants.Of(set.Options),
        Source = set.Source,
        Intervals = set.Intervals,
        LeftOutIntervals = set.LeftOut,
        Lost = set.Lost,
        Models = [.. set.Models.Select(ModelEntry.Of)],
    };
}

internal sealed record ModelsConstants(double Floor, double Ratio, double Variance, double Factor, int MinimumIntervals, long MinimumFailures, long MinimumInvocations)
{
    public static ModelsConstants Of(ErrorModelOptions o) => new(o.Floor, o.Ratio, o.Variance, o.Factor, o.MinimumIntervals, o.MinimumFailures, o.MinimumInvocations);
}

internal sealed record ModelEntry(string Process, Syscall Syscall, Errno Errno, ErrorModelClass Class, double InjectedRate, double? InjectionProbability, bool Weak, bool NormalOutcome,
    bool? RuntimeInternal, NaturalError Natural)
{
    public static ModelEntry Of(ErrorModel m) => new(m.Process, m.Syscall, m.Errno, m.Class, m.InjectedRate, m.InjectionProbability, m.Weak, m.NormalOutcome, m.RuntimeInternal, m.Natural);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(SyscallJsonConverter), typeof(ErrnoJsonConverter), typeof(WordJsonConverter<ErrorModelClass>), typeof(WordJsonConverter<ErrorModelRule>)])]
[JsonSerializable(typeof(ModelsDocument))]
internal sealed partial class ModelsFormatContext : JsonSerializerContext;
