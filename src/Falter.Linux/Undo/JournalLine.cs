using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Falter.Linux.Undo;

/// <summary>One line of a journal: a step that is about to be needed, or the news that it is undone.</summary>
/// <param name="Id">The step's number within the journal.</param>
/// <param name="Step">The step; null where this line says that it is undone.</param>
internal sealed record JournalLine(int Id, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] UndoStep? Step = null)
{
    private static readonly JournalJson s_json = new(new JsonSerializerOptions(JournalJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>The line as it is written, its end included.</summary>
    [JsonIgnore]
    public byte[] Bytes => Encoding.UTF8.GetBytes(JsonSerializer.Serialize(this, s_json.JournalLine) + "\n");

    /// <summary>Reads a line without its end; null where it cannot be understood.</summary>
    public static JournalLine? Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, s_json.JournalLine) is { Id: > 0 } line ? line : null;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            // NotSupportedException: a step without a kind.
            return null;
        }
    }
}

// What is null is written: left out, it would be missing when the step is read.
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, IgnoreReadOnlyProperties = true, RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(JournalLine))]
internal sealed partial class JournalJson : JsonSerializerContext;
