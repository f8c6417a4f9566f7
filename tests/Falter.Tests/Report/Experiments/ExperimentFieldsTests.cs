using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Falter.Records;
using Falter.Report;
using Falter.Tests.House;

namespace Falter.Tests.Report;

/// <summary>Every field of an experiment's file, from the table of fields: wrong, missing, unknown.</summary>
public class ExperimentFieldsTests
{
    private static FalterException Refused(string text)
    {
        Exception? thrown = Record.Exception(() => ExperimentFile.Parse(text, "e.yaml"));
        Assert.True(thrown is FalterException { ExitCode: ExitCode.Usage }, $"{thrown?.ToString() ?? "was read"}\n{text}");
        return (FalterException)thrown!;
    }

    [Fact]
    public void A_value_of_another_form_is_told_with_its_place_and_what_was_expected()
    {
        int tried = 0;
        foreach ((FieldSection section, Field field) in ExperimentDocuments.Fields)
        {
            foreach ((string json, _) in ExperimentDocuments.WrongValues(field))
            {
                (string text, int line, int column) = ExperimentDocuments.WithValue(section, field, json);
                // What is wrong within a list or a map is told at its own place.
                string place = json.Length > 2 && json[0] is '[' or '{' && json is not "{}" ? $"e.yaml, line {line}, column " : $"e.yaml, line {line}, column {column}: ";
                FalterException refusal = Refused(text);
                Assert.True(refusal.Findings.Any(f => f.Message.StartsWith(place, StringComparison.Ordinal) && (f.Message.Contains("expected", StringComparison.Ordinal) || f.Message.Contains("zzz", StringComparison.Ordinal))),
                    $"{section.Name}.{field.Key}: {json} at {place}\n{refusal.Message}");
                tried++;
            }
        }
        Assert.True(tried > 500, $"{tried}");
    }

    [Fact]
    public void A_field_that_is_missing_is_told_with_an_example()
    {
        foreach ((FieldSection section, Field field) in ExperimentDocuments.Fields.Where(f => f.Field.IsRequired))
        {
            (JsonObject document, JsonObject map) = ExperimentDocuments.With(section);
            map.Remove(field.Key);
            string message = Refused(ExperimentDocuments.Text(document)).Message;
            // Without the key that tells its kind, a map has no kind.
            bool tellsKind = CheckFields.Form.Kinds.Concat(CheckFields.ReadyForm.Kinds).Concat(WorkloadFields.Kinds).Contains(section) && field == section.Fields[0] || section == CheckFields.ReadyByAll;
            Assert.Contains(tellsKind ? "needs one of" : $"has no {field.Key}; expected for example {field.Key}: {field.Example}", message);
        }
    }

    [Fact]
    public void An_unknown_key_is_told_with_its_place_and_the_nearest()
    {
        foreach ((FieldSection section, Field field) in ExperimentDocuments.Fields.Where(f => f.Field.Key.Length > 4))
        {
            (JsonObject document, JsonObject map) = ExperimentDocuments.With(section);
            map[$"{field.Key}x"] = 1;
            Assert.Contains($"'{field.Key}x' is no key of ", Refused(ExperimentDocuments.Text(document)).Message);
            Assert.Contains("did you mean ", Refused(ExperimentDocuments.Text(document)).Message);
        }
    }

    [Fact]
    public void What_must_be_there_is_enough()
    {
        foreach (FieldSection section in ExperimentFields.All.Except([SystemFields.Attach, ToleranceForm.Section])) _ = ExperimentFile.Parse(ExperimentDocuments.Text(ExperimentDocuments.With(section).Document), "e.yaml");
    }

    [Fact]
    public void Every_example_and_default_is_read_by_its_own_form()
    {
        foreach ((FieldSection section, Field field) in ExperimentDocuments.Fields)
        {
            Assert.True(field.Form.Takes(field.Example, field), $"{section.Name}.{field.Key}: {field.Example}");
            Assert.True(field.Description.EndsWith('.') && char.IsUpper(field.Description.TrimStart('`')[0]) || field.Description.StartsWith('`'), $"{section.Name}.{field.Key}: {field.Description}");
            Assert.False(field.IsRequired && field.Default is not null, $"{section.Name}.{field.Key}");
        }
    }

    [Fact]
    public void Every_field_can_be_set_to_its_example_and_is_then_read()
    {
        foreach ((FieldSection section, Field field) in ExperimentDocuments.Fields)
        {
            (string text, _, _) = ExperimentDocuments.WithValue(section, field, ExperimentDocuments.JsonOf(field.Example).ToJsonString());
            // The other process of the document is launched.
            if (section == SystemFields.Process && field.Key == "attach") continue;
            Exception? thrown = Record.Exception(() => ExperimentFile.Parse(text, "e.yaml"));
            Assert.True(thrown is null, $"{section.Name}.{field.Key}: {thrown?.Message}\n{text}");
        }
    }

    /// <summary>The room of reports does not know that of injectors.</summary>
    [Fact]
    public void The_mechanisms_are_those_that_can_be_injected_by()
    {
        string[] names = [.. Regex.Matches(File.ReadAllText(Repository.PathOf("src/Falter.Inject/Mechanisms.cs")), "const string \\w+ = \"([a-z-]+)\"").Select(m => m.Groups[1].Value)];
        Assert.Equal(names.Order(), FaultsFields.Mechanisms.Order());
    }
}
