using System.Text.RegularExpressions;
using Falter.Records;
using Falter.Report;

namespace Falter.Tests.Report;

/// <summary>What <c>falter init</c> writes runs as it stands, and what is commented out in it can be said.</summary>
public partial class ExperimentTemplateTests
{
    [GeneratedRegex(@"^( *)# (?=(?:- )?(?:[a-z_]+:|\{))", RegexOptions.Multiline)]
    private static partial Regex CommentedOut();

    private static ExperimentDefinition Read(string text) => ExperimentFile.Parse(text, "/srv/e.yaml");

    [Theory]
    [InlineData("nginx -g", "", "")]
    [InlineData("/usr/bin/we:ird#name", "http://127.0.0.1/", "http://127.0.0.1/ http://127.0.0.1/a")]
    [InlineData("a", "redis-cli\tping|grep:x", "#cmd")]
    [InlineData("/", "true", "null")]
    public void The_file_for_a_command_is_read_without_a_mistake(string command, string checks, string workloads)
    {
        string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        ExperimentDefinition e = Read(ExperimentTemplate.Of(Words(command), Words(checks), Words(workloads), "e.yaml"));
        Assert.Equal(Words(command), e.System.Processes[0].Command!);
        Assert.Equal(Math.Max(Words(checks).Length, 1), e.Checks.Count);
        Assert.Equal(Words(workloads).Length > 0, e.Workloads.Count > 0);
        Assert.Equal(new PhaseLengths(), e.Phases);
        Assert.NotNull(e.Faults.Natural);
    }

    [Fact]
    public void Without_a_command_it_is_an_example()
    {
        ExperimentDefinition e = Read(ExperimentTemplate.Of(null, [], [], "e.yaml"));
        Assert.Equal(["nginx", "-g", "daemon off;"], e.System.Processes[0].Command!);
        Assert.IsType<HttpCheckDefinition>(Assert.Single(e.Checks));
        Assert.IsType<HttpWorkloadDefinition>(Assert.Single(e.Workloads));
    }

    [Fact]
    public void Lines_are_short_enough_to_be_read() => Assert.All(ExperimentTemplate.Of(null, [], [], "e.yaml").Split('\n'), l => Assert.True(l.Length <= 160, l));

    [Fact]
    public void Every_key_of_the_file_and_of_its_sections_is_there()
    {
        string text = ExperimentTemplate.Of(null, [], [], "e.yaml");
        FieldSection[] sections = [ExperimentFields.Root, SystemFields.System, SystemFields.Process, FaultsFields.Faults, ExperimentFields.Phases, ExperimentFields.Stop];
        // Where an experiment says them, they stand in every file.
        foreach (Field field in sections.SelectMany(s => s.Fields).Where(f => f.Key is not ("after" or "interval"))) Assert.Matches($@"(?m)(^[ #-]*|\{{ |, ){field.Key}:", text);
    }

    /// <summary>Each line that is commented out is put in by itself, in the place where it stands.</summary>
    [Fact]
    public void What_is_commented_out_is_understood_when_it_is_put_in()
    {
        string text = ExperimentTemplate.Of(["nginx"], ["true"], ["true"], "e.yaml");
        string[] lines = text.Split('\n');
        int tried = 0;
        for (int i = 0; i < lines.Length; i++)
        {
            if (!CommentedOut().IsMatch(lines[i])) continue;
            string[] with = [.. lines];
            string key = lines[i].Trim(' ', '#', '-').Split(':')[0];
            // The lines of one block belong together.
            if (key is "role" or "plans" or "stop" or "{ check" || lines[i].TrimStart().StartsWith("#   ", StringComparison.Ordinal)) continue;
            with[i] = CommentedOut().Replace(lines[i], "$1");
            if (key == "natural") with = [.. with.Where((l, n) => n == i || l != "  natural: true")];
            // The natural errors of one role and an experiment's own command take the place of others; these are told as such.
            Exception? thrown = Record.Exception(() => Read(string.Join('\n', with)));
            Assert.True(thrown is null, $"{with[i]}\n{thrown?.Message}");
            tried++;
        }
        Assert.True(tried >= 20, $"{tried}");
    }
}
