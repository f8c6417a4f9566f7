using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Falter.Records;

namespace Falter.Report;

/// <summary>Error models as JSON: <c>{"rule":"ratio","models":[…]}</c>.</summary>
public static class ModelsJson
{
    public static string Write(IReadOnlyList<ErrorModel> models) =>
        JsonSerializer.Serialize(new ModelsDocument("ratio", [.. models.Select(m => new ModelEntry(m.Syscall, m.Errno, m.Class, m.InjectedRate, m.Weak, m.NormalOutcome, m.Natural))]),
            s_format.ModelsDocument);

    private static readonly ModelsFormatContext s_format =
        new(new JsonSerializerOptions(ModelsFormatContext.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = true });
}

internal sealed record ModelsDocument(string Rule, IReadOnlyList<ModelEntry> Models);

internal sealed record ModelEntry(Syscall Syscall, Errno Errno, ErrorModelClass Class, double InjectedRate, bool Weak, bool NormalOutcome, NaturalError Natural);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    Converters = [typeof(SyscallJsonConverter), typeof(ErrnoJsonConverter), typeof(WordJsonConverter<ErrorModelClass>)])]
[JsonSerializable(typeof(ModelsDocument))]
internal sealed partial class ModelsFormatContext : JsonSerializerContext;
