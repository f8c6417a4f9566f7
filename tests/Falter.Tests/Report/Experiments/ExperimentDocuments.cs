using System.Text.Json;
using System.Text.Json.Nodes;
using Falter.Report;

namespace Falter.Tests.Report;

/// <summary>Small experiments in which one map of the file stands by itself, so that one field at a time can be changed.</summary>
internal static class ExperimentDocuments
{
    private const string Here = "@@HERE@@";

    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    /// <summary>Every map of the file with each of its fields.</summary>
    public static IEnumerable<(FieldSection Section, Field Field)> Fields => ExperimentFields.All.SelectMany(s => s.Fields.Select(f => (s, f)));

    /// <summary>A document that is right and holds a map of this section with what it must have.</summary>
    public static (JsonObject Document, JsonObject Map) With(FieldSection section)
    {
        JsonObject document = JsonOf("""
            { version: 1, name: a, system: { processes: [{ role: db, command: sleep 9 }, { role: web, command: sleep 9 }] },
              checks: [{ http: "http://127.0.0.1:8080/" }], faults: { natural: true } }
            """).AsObject();
        JsonObject own = Minimal(section), process = document["system"]!["processes"]![1]!.AsObject();
        if (section == ExperimentFields.Root) own = document;
        else if (section == SystemFields.System) own = document["system"]!.AsObject();
        else if (section == SystemFields.Process) own = process;
        else if (section == SystemFields.Attach) document["system"]!["processes"] = new JsonArray(new JsonObject { ["role"] = "web", ["attach"] = own });
        else if (section == CheckFields.ReadyByAll || CheckFields.ReadyForm.Kinds.Contains(section)) process["ready"] = own;
        else if (section == SystemFields.Stop) process["stop"] = own;
        else if (WorkloadFields.Kinds.Contains(section)) document["workload"] = new JsonArray(own);
        else if (section == WorkloadFields.Http) document["workload"] = new JsonArray(new JsonObject { ["http"] = own });
        else if (section == WorkloadFields.Rounds) document["workload"] = new JsonArray(new JsonObject { ["rounds"] = own });
        else if (CheckFields.Kinds.Contains(section)) document["checks"] = new JsonArray(own);
        else if (section == ToleranceForm.Section) document["checks"]![0]!["status"] = own;
        else if (section == FaultsFields.Faults) own = document["faults"]!.AsObject();
        else if (section == FaultsFields.Natural) document["faults"]!["natural"] = own;
        else if (section == FaultsFields.Plan) document["faults"]!["plans"] = new JsonArray(own);
        else if (section == ExperimentFields.Phases) document["phases"] = own;
        else if (section == ExperimentFields.Stop) document["stop"] = new JsonArray(own);
        else throw new ArgumentException($"where does {section.Name} stand?", nameof(section));
        return (document, own);
    }

    /// <summary>The document with a value in one of its fields, as text, and the line and column of the value.</summary>
    public static (string Text, int Line, int Column) WithValue(FieldSection section, Field field, string json)
    {
        (JsonObject document, JsonObject map) = With(section);
        // A process is launched or attached to.
        if (section == SystemFields.Process && field.Key == "attach") map.Remove("command");
        map[field.Key] = Here;
        string text = Text(document), before = text[..text.IndexOf($"\"{Here}\"", StringComparison.Ordinal)];
        return (text.Replace($"\"{Here}\"", json, StringComparison.Ordinal), before.Count(c => c == '\n') + 1, before.Length - before.LastIndexOf('\n'));
    }

    public static string Text(JsonNode document) => document.ToJsonString(s_indented);

    public static JsonNode JsonOf(string yaml) => StrictJson.Of(StrictYaml.Parse(yaml, [])!)!;

    /// <summary>Values that a field cannot have, whatever else the file says. Those of which JSON Schema can know it are marked.</summary>
    public static IEnumerable<(string Json, bool SchemaKnows)> WrongValues(Field field)
    {
        bool isText = field.Form == Forms.Text || field.Form == Forms.AnyText || field.Form == Forms.Path || field.Form == Forms.Pattern;
        bool isScalar = field.Form.GetType().GetGenericTypeDefinitionOrNull() == typeof(ScalarForm<>);
        string[] wrong = field.Form switch
        {
            CommandForm => ["{}", "[]", "[[]]", "\"\""],
            TextsForm texts => ["{}", "[[]]", .. texts.MayBeEmpty ? (string[])[] : ["[]"]],
            EnvironmentForm => ["[]", "\"x\"", "{\"a\": []}", "{\"a=b\": \"c\"}"],
            ToleranceForm => ["[]", "{}", "\"non sense\"", "\"..\"", "{\"least\": \"x\"}", "{\"zzz\": 1}"],
            SectionForm => ["[]", "\"x\"", "5", "true"],
            KindForm => ["[]", "\"x\"", "5"],
            ItemsForm { Item: FaultForm } => ["\"x\"", "{}", "[]", "5"],
            ItemsForm items => ["\"x\"", "5", "[\"x\"]", "[[]]", .. items.MayBeEmpty ? (string[])[] : ["[]"]],
            NaturalForm => ["[]", "\"x\"", "5"],
            _ when isScalar && isText => ["[]", "{}", "[1]", "{\"a\": 1}"],
            _ when isScalar => ["[]", "{}", "[1]", "\"non sense!\"", "\"\""],
            _ => throw new ArgumentException($"what is wrong for {field.Key}?", nameof(field)),
        };
        foreach (string json in wrong.Append("null")) yield return (json, true);
        if (field.Form is CommandForm) yield return ("\"a | b\"", false);
        if (field.Form is ToleranceForm) yield return ("\"5..1\"", false);
        if (field.Form == Forms.Pattern) yield return ("\"(\"", false);
    }

    private static JsonObject Minimal(FieldSection section) =>
        new(section.Fields.Where(f => f.IsRequired).Select(f => KeyValuePair.Create(f.Key, (JsonNode?)JsonOf(f.Example))));

    private static Type? GetGenericTypeDefinitionOrNull(this Type type) => type.IsGenericType ? type.GetGenericTypeDefinition() : null;
}
