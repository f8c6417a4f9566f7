using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Falter.Report;

/// <summary>The JSON Schema (draft 2020-12) of experiment files, made of the table of fields that <see cref="ExperimentFile"/> reads by. What names something that is not there, and what contradicts itself, it cannot say.</summary>
public static class ExperimentSchema
{
    private static readonly JsonWriterOptions s_format = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The document, with a line end.</summary>
    public static string Render()
    {
        var definitions = new JsonObject();
        foreach (FieldSection section in ExperimentFields.All.Where(s => s != ExperimentFields.Root)) definitions[section.Name] = Of(section);
        definitions["fault"] = FaultForm.Definition();
        var schema = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["$id"] = $"urn:falter:experiment:{ExperimentFields.CurrentVersion}",
            ["title"] = "Falter experiment",
        };
        foreach ((string key, JsonNode? value) in Of(ExperimentFields.Root)) schema[key] = value?.DeepClone();
        schema["$defs"] = definitions;
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, s_format)) schema.WriteTo(writer);
        return $"{Encoding.UTF8.GetString(stream.ToArray())}\n";
    }

    private static JsonObject Of(FieldSection section)
    {
        var properties = new JsonObject();
        foreach (Field field in section.Fields) properties[field.Key] = Of(field);
        var schema = new JsonObject { ["description"] = Plain(section.Description), ["type"] = "object", ["properties"] = properties, ["additionalProperties"] = false };
        string[] required = [.. section.Fields.Where(f => f.IsRequired).Select(f => f.Key)];
        if (required.Length > 0) schema["required"] = new JsonArray([.. required.Select(k => (JsonNode)k)]);
        if (section.Rules.Length == 0) return schema;
        foreach ((string key, JsonNode? value) in JsonNode.Parse(section.Rules)!.AsObject()) schema[key] = value?.DeepClone();
        return schema;
    }

    private static JsonObject Of(Field field)
    {
        // Beside a $ref, 2020-12 takes other words too.
        var schema = new JsonObject { ["description"] = Plain(field.Description) };
        foreach ((string key, JsonNode? value) in field.Form.Schema()) schema[key] = value?.DeepClone();
        if (field.DefaultValue is { } standard) schema["default"] = JsonOf(standard);
        schema["examples"] = new JsonArray(JsonOf(field.Example));
        return schema;
    }

    private static string Plain(string description) => description.Replace("`", "", StringComparison.Ordinal);

    private static JsonNode? JsonOf(string yaml) => StrictJson.Of(StrictYaml.Parse(yaml, []) ?? throw new ArgumentException($"'{yaml}' is no YAML", nameof(yaml)));
}
