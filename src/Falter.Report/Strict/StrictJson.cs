using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Falter.Report;

/// <summary>YAML as JSON, by the core schema of YAML 1.2: what stands without quotes and looks like a number is one.</summary>
internal static partial class StrictJson
{
    [GeneratedRegex(@"\A-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?\z")]
    private static partial Regex Number();

    public static JsonNode? Of(StrictNode node) => node switch
    {
        StrictMap map => new JsonObject(map.Entries.Select(e => KeyValuePair.Create(e.Key.Value, Of(e.Value)))),
        StrictList list => new JsonArray([.. list.Items.Select(Of)]),
        StrictScalar { IsNothing: true } => null,
        StrictScalar { IsPlain: true, Value: "true" or "false" } truth => JsonValue.Create(truth.Value == "true"),
        StrictScalar { IsPlain: true } scalar when Number().IsMatch(scalar.Value) => JsonNode.Parse(scalar.Value),
        StrictScalar scalar => JsonValue.Create(scalar.Value),
        _ => throw new ArgumentOutOfRangeException(nameof(node)),
    };
}
