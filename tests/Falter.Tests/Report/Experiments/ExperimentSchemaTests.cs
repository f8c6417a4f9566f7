using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Falter.Records;
using Falter.Report;
using Falter.Tests.House;

namespace Falter.Tests.Report;

/// <summary>The JSON Schema, held against the reader by a validator that is not ours: python3-jsonschema.</summary>
public class ExperimentSchemaTests
{
    // Reads {"schema": …, "instances": [[…]…]}; prints for each instance the first mistake, or null. Checks the schema itself, its examples and its defaults first.
    private const string Validate = """
        import json, sys
        from jsonschema import Draft202012Validator
        given = json.load(sys.stdin)
        schema = given["schema"]
        Draft202012Validator.check_schema(schema)
        wrong = []
        def walk(node, path):
            if isinstance(node, dict):
                if "examples" in node or "default" in node:
                    own = Draft202012Validator({"$defs": schema["$defs"], **{k: v for k, v in node.items() if k != "$defs"}}) if path else None
                    for value in node.get("examples", []) + ([node["default"]] if "default" in node else []):
                        wrong.extend(path + ": " + e.message for e in (own.iter_errors(value) if own else []))
                for key, value in node.items():
                    if key not in ("examples", "default", "enum"): walk(value, path + "/" + key)
            elif isinstance(node, list):
                for value in node: walk(value, path)
        walk(schema, "")
        validator = Draft202012Validator(schema)
        json.dump({"schema": wrong, "instances": [next((e.message[:300] for e in validator.iter_errors(i)), None) for i in given["instances"]]}, sys.stdout)
        """;

    private static JsonArray Mistakes(IReadOnlyList<JsonNode> instances)
    {
        string python = new[] { "python3", "/usr/bin/python3" }.FirstOrDefault(p => Run(p, "import jsonschema", "").Ended) ?? "";
        if (python.Length == 0) Assert.Skip("python3-jsonschema is not installed; eng/prerequisites --for test installs it");
        string given = new JsonObject { ["schema"] = JsonNode.Parse(ExperimentSchema.Render()), ["instances"] = new JsonArray([.. instances.Select(i => i.DeepClone())]) }.ToJsonString();
        (bool ended, string output) = Run(python, Validate, given);
        Assert.True(ended, output);
        JsonNode answer = JsonNode.Parse(output)!;
        Assert.Equal("[]", answer["schema"]!.ToJsonString());
        return answer["instances"]!.AsArray();
    }

    private static (bool Ended, string Output) Run(string program, string script, string input)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, ["-c", script]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
            Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
            try
            {
                process.StandardInput.Write(input);
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It ended without reading; its own words say why.
            }
            process.WaitForExit();
            return (process.ExitCode == 0, process.ExitCode == 0 ? output.Result : errors.Result);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return (false, $"{program} is not there");
        }
    }

    [Fact]
    public void Files_that_are_read_are_valid()
    {
        var generated = new GeneratedExperiments(9);
        List<string> texts =
        [
            ExperimentFileTests.Valid, ExperimentTemplate.Of(null, [], [], "e.yaml"), ExperimentTemplate.Of(["a"], ["true"], ["b"], "e.yaml"), ExperimentPageTests.File,
            .. Enumerable.Range(0, 100).Select(_ => ExperimentYaml.Of(generated.Next())),
            .. ExperimentFields.All.Except([SystemFields.Attach, ToleranceForm.Section]).Select(s => ExperimentDocuments.Text(ExperimentDocuments.With(s).Document)),
            """{ version: 1, name: a, system: { processes: [{ role: a, command: [sleep, 9], environment: { A: 1, B: true } }] }, checks: [{ http: "http://x", status: 200 }, { command: x, value: 1..2MiB }], faults: { plans: [{ name: 5, faults: [{ process: { pause: true }, for: 3s }, { syscalls: openat, error: EIO, arg2: [">=4096"], success-only: , phase: after }, { network: partition }] }] } }""",
        ];
        foreach (string text in texts) _ = ExperimentFile.Parse(text, "/srv/e.yaml");
        JsonArray mistakes = Mistakes([.. texts.Select(ExperimentDocuments.JsonOf)]);
        for (int i = 0; i < texts.Count; i++) Assert.True(mistakes[i] is null, $"{mistakes[i]}\n{texts[i]}");
    }

    [Fact]
    public void Files_that_are_refused_for_their_form_are_invalid()
    {
        var wrong = new List<(string Text, string What)>();
        foreach ((FieldSection section, Field field) in ExperimentDocuments.Fields)
        {
            wrong.AddRange(ExperimentDocuments.WrongValues(field).Where(w => w.SchemaKnows)
                .Select(w => (ExperimentDocuments.WithValue(section, field, w.Json).Text, $"{section.Name}.{field.Key}: {w.Json}")));
            (JsonObject document, JsonObject map) = ExperimentDocuments.With(section);
            map[$"{field.Key}x"] = 1;
            wrong.Add((ExperimentDocuments.Text(document), $"{section.Name}.{field.Key}x"));
            (document, map) = ExperimentDocuments.With(section);
            if (!field.IsRequired) continue;
            map.Remove(field.Key);
            wrong.Add((ExperimentDocuments.Text(document), $"{section.Name} without {field.Key}"));
        }
        JsonArray mistakes = Mistakes([.. wrong.Select(w => ExperimentDocuments.JsonOf(w.Text))]);
        Assert.Empty(wrong.Where((_, i) => mistakes[i] is null).Select(w => w.What));
    }

    [Fact]
    public void Its_identity_names_no_host_and_every_map_is_closed()
    {
        JsonNode schema = JsonNode.Parse(ExperimentSchema.Render())!;
        Assert.StartsWith("urn:", schema["$id"]!.GetValue<string>());
        Assert.All(schema["$defs"]!.AsObject().Where(d => d.Key != "fault"), d => Assert.False(d.Value!["additionalProperties"]!.GetValue<bool>()));
        Assert.All(schema["properties"]!.AsObject(), p => Assert.NotEmpty(p.Value!["description"]!.GetValue<string>()));
    }
}
