using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using Falter.Records;

namespace Falter.Report;

/// <summary>A command with its arguments: a list, or a text that is split as a shell splits it.</summary>
internal sealed record CommandForm() : FieldForm<IReadOnlyList<string>>("a command: a text, or a list of words")
{
    public override JsonObject Schema() =>
        JsonNode.Parse("""{"anyOf":[{"type":"string","minLength":1},{"type":"array","minItems":1,"items":{"type":["string","number","boolean"]}}]}""")!.AsObject();

    public override bool TryRead(StrictNode node, Field field, ExperimentReading reading, [MaybeNullWhen(false)] out IReadOnlyList<string> value)
    {
        value = [];
        string problem = $"expected {Type}";
        if (node is StrictList { Items.Count: > 0 } list && list.Items.All(i => i is StrictScalar { IsNothing: false }))
        {
            value = [.. list.Items.Cast<StrictScalar>().Select(i => i.Value)];
            if (value[0].Length > 0 && !value.Any(w => w.Contains('\0', StringComparison.Ordinal))) return true;
            problem = "the first word is the program, and it is empty";
        }
        else if (node is StrictScalar { IsNothing: false } text && ShellWords.TrySplit(text.Value, out value, out problem)) return true;
        reading.Add(node, $"{field.Key}: {problem}; {field.ForExample}");
        return false;
    }
}

/// <summary>A list of texts of one form; a single one may stand for itself.</summary>
internal sealed record TextsForm(string Type, ScalarForm<string> Item, bool MayBeEmpty = false) : FieldForm<IReadOnlyList<string>>(Type)
{
    public override JsonObject Schema()
    {
        var list = new JsonObject { ["type"] = "array", ["items"] = Item.Schema() };
        if (!MayBeEmpty) list["minItems"] = 1;
        return new JsonObject { ["anyOf"] = new JsonArray(Item.Schema(), list) };
    }

    public override bool TryRead(StrictNode node, Field field, ExperimentReading reading, [MaybeNullWhen(false)] out IReadOnlyList<string> value)
    {
        var texts = new List<string>();
        IReadOnlyList<StrictNode> items = node is StrictList list ? list.Items : [node];
        foreach (StrictNode item in items)
        {
            if (Item.TryRead(item, field, reading, out string? text)) texts.Add(text);
        }
        value = texts;
        if (items.Count == 0 && !MayBeEmpty) reading.Add(node, $"{field.Key}: the list is empty; {field.ForExample}");
        return texts.Count == items.Count && (MayBeEmpty || texts.Count > 0);
    }
}

/// <summary>Variables of an environment.</summary>
internal sealed record EnvironmentForm() : FieldForm<IReadOnlyDictionary<string, string>>("a map of variables to texts")
{
    public override JsonObject Schema() => JsonNode.Parse("""{"type":"object","propertyNames":{"pattern":"^[^=\\u0000]+$"},"additionalProperties":{"type":["string","number","boolean"]}}""")!.AsObject();

    public override bool TryRead(StrictNode node, Field field, ExperimentReading reading, [MaybeNullWhen(false)] out IReadOnlyDictionary<string, string> value)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        value = variables;
        if (node is not StrictMap map)
        {
            reading.Add(node, $"{field.Key}: expected {Type}; {field.ForExample}");
            return false;
        }
        foreach ((StrictScalar name, StrictNode text) in map.Entries)
        {
            if (name.Value.Length == 0 || name.Value.AsSpan().ContainsAny('=', '\0')) reading.Add(name, $"{field.Key}: '{name.Value}' is no name of a variable; {field.ForExample}");
            else if (Forms.AnyText.TryRead(text, new Field(name.Value, Forms.AnyText, "", "\"text\""), reading, out string? found)) variables[name.Value] = found;
        }
        return variables.Count == map.Entries.Count;
    }
}
