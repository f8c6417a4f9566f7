using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using Falter.Records;

namespace Falter.Report;

/// <summary>A fault: a rule as text, or a map of its fields. <see cref="FaultsReading"/> reads it.</summary>
internal sealed record FaultForm() : FieldForm<StrictNode>("a rule, or a map of its fields")
{
    private static readonly string[] s_kinds = ["syscalls", "process", "network", "container"];

    public override JsonObject Schema() => new() { ["$ref"] = "#/$defs/fault" };

    /// <summary>The fault itself: what its fields can hold is the rule language's.</summary>
    public static JsonObject Definition()
    {
        var properties = new JsonObject { ["role"] = Described(Forms.Role.Schema(), "The role that it hits; without it, every role.") };
        foreach (string kind in s_kinds) properties[kind] = Value(true);
        string[][] keys = [[.. FaultKeys.Syscalls], [.. FaultKeys.Process], [.. FaultKeys.Network], [.. FaultKeys.Container]];
        foreach (string key in keys.SelectMany(k => k).Except(properties.Select(p => p.Key)).Where(k => k != "argN").Distinct(StringComparer.Ordinal)) properties[key] = Value(false);
        var map = new JsonObject
        {
            ["type"] = "object",
            ["properties"] = properties,
            ["patternProperties"] = new JsonObject { ["^arg[0-5]$"] = Value(false) },
            ["additionalProperties"] = false,
            // `process` is a kind, and a predicate of rules about system calls.
            ["anyOf"] = new JsonArray([.. s_kinds.Select(k => (JsonNode)new JsonObject { ["required"] = new JsonArray(k) })]),
        };
        return new JsonObject
        {
            ["description"] = "A fault in the rule language: a text, or a map of the same fields.",
            ["examples"] = new JsonArray("web: write:error=ENOSPC:rate=5%", new JsonObject { ["role"] = "db", ["syscalls"] = new JsonArray("fsync"), ["error"] = "EIO", ["rate"] = "1%" }),
            ["anyOf"] = new JsonArray(new JsonObject { ["type"] = "string", ["minLength"] = 1 }, map),
        };
    }

    public override bool TryRead(StrictNode node, Field field, ExperimentReading reading, [MaybeNullWhen(false)] out StrictNode value)
    {
        value = node;
        return true;
    }

    private static JsonObject Value(bool canBeMap)
    {
        var types = new JsonArray("string", "number", "boolean", "null", "array");
        if (canBeMap) types.Add((JsonNode)"object");
        return new JsonObject { ["type"] = types, ["items"] = new JsonObject { ["type"] = new JsonArray("string", "number", "boolean") } };
    }

    private static JsonObject Described(JsonObject schema, string description)
    {
        schema["description"] = description;
        return schema;
    }
}
