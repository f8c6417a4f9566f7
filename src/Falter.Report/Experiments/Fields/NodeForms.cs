using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;

namespace Falter.Report;

/// <summary>A map with keys of its own.</summary>
internal sealed record SectionForm(FieldSection Section) : FieldForm<StrictMap>("a map of keys and values")
{
    public override JsonObject Schema() => new() { ["$ref"] = $"#/$defs/{Section.Name}" };

    public override bool TryRead(StrictNode node, Field field, ExperimentReading reading, [MaybeNullWhen(false)] out StrictMap value)
    {
        value = node as StrictMap;
        if (value is null) reading.Add(node, $"{field.Key}: expected {Type}: {string.Join(", ", Section.Fields.Select(f => f.Key))}");
        return value is not null;
    }
}

/// <summary>A map of one of several kinds, told apart by their keys.</summary>
internal sealed record KindForm(IReadOnlyList<FieldSection> Kinds) : FieldForm<StrictMap>($"a map with one of {string.Join(", ", Kinds.Select(k => k.Fields[0].Key))}")
{
    /// <summary>A map of no kind that may stand in their place; null: none.</summary>
    public FieldSection? Otherwise { get; init; }

    /// <summary>The kinds, and what may stand in their place.</summary>
    public IEnumerable<FieldSection> All => Otherwise is null ? Kinds : Kinds.Append(Otherwise);

    public override JsonObject Schema() => new() { ["oneOf"] = new JsonArray([.. All.Select(k => (JsonNode)new JsonObject { ["$ref"] = $"#/$defs/{k.Name}" })]) };

    public override bool TryRead(StrictNode node, Field field, ExperimentReading reading, [MaybeNullWhen(false)] out StrictMap value)
    {
        value = node as StrictMap;
        if (value is null) reading.Add(node, $"{field.Key}: expected {Type}; {field.ForExample}");
        return value is not null;
    }

    /// <summary>The kind that a map is of; null, with a mistake added, where it is of none or of several.</summary>
    public FieldSection? KindOf(StrictMap map, string what, ExperimentReading reading)
    {
        FieldSection[] found = [.. Kinds.Where(k => map.Entries.Any(e => e.Key.Value == k.Fields[0].Key))];
        // A key of two kinds (`command` of a check that has `log` too) leaves open which was meant.
        if (found.Length == 1) return found[0];
        reading.Add(map, found.Length == 0 ? $"{what} needs one of {string.Join(", ", Kinds.Select(k => k.Fields[0].Key))}" : $"{string.Join(" and ", found.Select(k => k.Fields[0].Key))}: {what} is of one kind; write several");
        return null;
    }
}

/// <summary>A list of maps, or of whatever a form takes.</summary>
/// <param name="Type">What is expected, for people.</param>
/// <param name="Item">The form of one.</param>
/// <param name="CanBeOne">Whether a single one may stand for itself.</param>
/// <param name="MayBeEmpty">Whether there may be none.</param>
internal sealed record ItemsForm(string Type, FieldForm Item, bool CanBeOne = false, bool MayBeEmpty = false) : FieldForm<IReadOnlyList<StrictNode>>(Type)
{
    public override JsonObject Schema()
    {
        var list = new JsonObject { ["type"] = "array", ["items"] = Item.Schema() };
        if (!MayBeEmpty) list["minItems"] = 1;
        return CanBeOne ? new JsonObject { ["anyOf"] = new JsonArray(Item.Schema(), list) } : list;
    }

    public override bool TryRead(StrictNode node, Field field, ExperimentReading reading, [MaybeNullWhen(false)] out IReadOnlyList<StrictNode> value)
    {
        value = node is StrictList list ? list.Items : CanBeOne && node is StrictMap ? [node] : null;
        if (value is null) reading.Add(node, $"{field.Key}: expected {Type}; {field.ForExample}");
        else if (value.Count == 0 && !MayBeEmpty) reading.Add(node, $"{field.Key}: the list is empty; {field.ForExample}");
        return value is not null;
    }
}

/// <summary>Natural errors: true, false, or a map.</summary>
internal sealed record NaturalForm(FieldSection Section) : FieldForm<StrictNode>("true, false, or a map with roles, max_models and together")
{
    public override JsonObject Schema() => new() { ["anyOf"] = new JsonArray(new JsonObject { ["type"] = "boolean" }, new JsonObject { ["$ref"] = $"#/$defs/{Section.Name}" }) };

    public override bool TryRead(StrictNode node, Field field, ExperimentReading reading, [MaybeNullWhen(false)] out StrictNode value)
    {
        value = node is StrictMap or StrictScalar { IsPlain: true, Value: "true" or "false" } ? node : null;
        if (value is null) reading.Add(node, $"{field.Key}: expected {Type}; {field.ForExample}");
        return value is not null;
    }
}
