using System.Text;
using System.Text.RegularExpressions;

namespace Falter.EndToEnd.Tests;

/// <summary>Whoever meets Falter for the first time is told how to go on.</summary>
public class HelpTests
{
    public static TheoryData<string> Verbs => ["doctor", "monitor", "models", "inject", "assess", "run", "init", "schema", "report", "demo", "clean"];

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task The_help_of_a_verb_has_usage_options_and_one_example_that_begins_with_it(string verb)
    {
        FalterResult result = await FalterProcess.RunAsync(verb, "--help");
        Assert.Equal(0, result.ExitCode);
        Assert.Empty(result.Talk);
        Assert.StartsWith($"Usage: falter {verb}", result.Output);
        Assert.Matches($@"\nExample:\n  (sudo )?(\./)?falter {verb}\b.*\n$", result.Output);
        Assert.DoesNotMatch(@"\[default: [^\]]*\]\s+\[default:", result.Output);
        Assert.DoesNotMatch(@"default: \d\d:\d\d:", result.Output);
        // All but the example, which is to be copied as it stands.
        Assert.All(result.Output[..result.Output.IndexOf("\nExample:", StringComparison.Ordinal)].Split('\n'), l => Assert.True(l.Length <= 100, l));
    }

    [Theory]
    [InlineData(null, 2)]
    [InlineData("--help", 0)]
    public async Task Falter_by_itself_shows_its_verbs(string? argument, int exitCode)
    {
        FalterResult result = await FalterProcess.RunAsync(argument is null ? [] : [argument]);
        Assert.Equal(exitCode, result.ExitCode);
        // Help that was asked for is data; help that was not is talk.
        (string told, string other) = argument is null ? (result.Talk, result.Output) : (result.Output, result.Talk);
        Assert.Empty(other);
        Assert.All(Verbs, v => Assert.Matches($@"(?m)^  {v.Data} +\S", told));
        Assert.DoesNotMatch(@"(?m)^  keeper ", told);
        Assert.Contains("Exit codes: 0", told);
    }

    [Theory]
    [InlineData("moniter -p 3", "'moniter' is no verb of falter; did you mean monitor?")]
    [InlineData("assess --chek", "'--chek' is no option of falter assess; did you mean --check?")]
    [InlineData("monitor --pid abc", "--pid: 'abc' is no process number; expected for example --pid 1234")]
    [InlineData("models", "RECORDING is missing; expected for example falter models")]
    [InlineData("inject", "RULE is missing; expected for example sudo falter inject openat:error=ENOENT:rate=5% -- ")]
    [InlineData("doctor --format xml", "--format: 'xml' is not understood; expected text or json")]
    [InlineData("inject openat:error=EIO --seed x", "--seed: 'x' is no whole number from 0 on; expected for example 7")]
    [InlineData("monitor -T 0", "--top: '0' is no whole number from 1 on; expected for example 20")]
    [InlineData("models --ratio 0.5 x", "--ratio: '0.5' is no factor; expected a number of 1 or more, for example 10")]
    [InlineData("models diff a", "B is missing; expected for example falter models diff falter-runs/before")]
    [InlineData("report", "RUN is missing; expected for example falter report falter-runs/")]
    [InlineData("report diff a", "B is missing; expected for example falter report diff falter-runs/before")]
    [InlineData("report a --format xml", "--format: 'xml' is not understood; expected text, html, json, markdown or junit")]
    [InlineData("report a --fail-on hung", "--fail-on: only with --format junit")]
    [InlineData("report diff a b --fail-on bad", "--fail-on: 'bad' is not understood; expected degraded, corrupted, hung or crashed")]
    [InlineData("models diff a b --format xml", "--format: 'xml' is not understood; expected text or json")]
    [InlineData("models --start 5 x", "--start: only with --prometheus; expected for example --prometheus http://127.0.0.1:9090")]
    [InlineData("models --prometheus http://127.0.0.1:1", "--start is missing; expected with --prometheus, for example --start 2026-11-21T09:00:00Z")]
    [InlineData("models --prometheus http://127.0.0.1:1 --start 5 x", "'x' and --prometheus: expected one of the two")]
    [InlineData("models --prometheus http://127.0.0.1:1 --start 2026-11-21T09:00:00", "--start: 2026-11-21T09:00:00 has no zone; write 2026-11-21T09:00:00Z for UTC")]
    [InlineData("models --prometheus http://127.0.0.1:1 --start 2000 --end 1000", "--end 1970-01-01T00:16:40.0000000+00:00 is not after --start")]
    [InlineData("models --without weighting x", "--without: 'weighting' is not understood; did you mean weighted?")]
    [InlineData("models --runtime etcd=rust x", "--runtime: 'etcd=rust' is not understood; expected PROCESS=go")]
    [InlineData("models --variance -1 x", "--variance: ")]
    [InlineData("inject --weak openat:error=EIO -- true", "--weak: only with --models; expected for example --models models.yaml")]
    [InlineData("monitor -d 1s -d 2s", "--duration: given 2 times; expected once")]
    [InlineData("monitor --record", "--record: a value is missing; expected --record DIR")]
    [InlineData("monitor sleep", "'sleep' is one argument too many for falter monitor; a command to launch stands after --")]
    public async Task A_mistake_is_told_in_one_line_with_what_was_expected(string arguments, string told)
    {
        FalterResult result = await FalterProcess.RunAsync(arguments.Split(' '));
        Assert.Equal(2, result.ExitCode);
        Assert.Empty(result.Output);
        Assert.StartsWith($"falter: {told}", result.Talk);
        Assert.EndsWith(" [bad-option]\n", result.Talk);
        Assert.Single(result.Talk.TrimEnd('\n').Split('\n'));
        Assert.DoesNotContain("System.", result.Talk);
    }

    [Fact]
    public async Task All_mistakes_are_told_at_once()
    {
        FalterResult result = await FalterProcess.RunAsync("assess", "--max-models", "q", "--rate", "5", "--observe", "30", "--bogus");
        Assert.Equal(4, result.Talk.TrimEnd('\n').Split('\n').Length);
    }

    /// <summary>With FALTER_UPDATE=1 the page is written anew.</summary>
    [Fact]
    public async Task The_page_of_options_is_what_the_program_says()
    {
        var page = new StringBuilder("""
            # The command line

            What `falter --help` and `falter VERB --help` print. This page is generated from the program; a test holds the two equal.

            """);
        foreach (string verb in Verbs.SelectMany(v => v.Data is "models" or "report" ? (string[])[v.Data, $"{v.Data} diff"] : [v.Data]).Prepend(""))
        {
            FalterResult help = await FalterProcess.RunAsync([.. verb.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);
            page.Append($"\n## falter {verb}".TrimEnd()).Append($"\n```\n{help.Output}```\n");
        }
        string path = Path.Combine(FalterProcess.Repository, "docs", "reference", "command-line.md");
        if (Environment.GetEnvironmentVariable("FALTER_UPDATE") == "1") await File.WriteAllTextAsync(path, page.ToString());
        Assert.True(File.Exists(path) && await File.ReadAllTextAsync(path) == page.ToString(), "docs/reference/command-line.md is out of date; run the tests once with FALTER_UPDATE=1");
    }

    /// <summary>Every field of the verbs that need no root is on the page of JSON outputs; those of monitor and inject are asserted by their own tests.</summary>
    [Fact]
    public async Task Every_field_that_is_printed_as_json_is_described()
    {
        string page = await File.ReadAllTextAsync(Path.Combine(FalterProcess.Repository, "docs", "reference", "json-output.md"));
        string recording = Directory.CreateTempSubdirectory("falter-test-fields-").FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(recording, "samples.jsonl"),
                """{"time":"2026-11-21T09:12:00+00:00","interval_seconds":1,"rows":[{"process":"x","syscall":"close","outcome":"EBADF","count":5,"total_ns":9,"injected":false,"runs":2}],"lost":0}""" + "\n");
            string[][] commands = [["doctor", "--format", "json"], ["models", recording, "--format", "json"], ["models", "diff", recording, recording, "--format", "json"], ["inject", "openat:error=EIO", "--dry-run", "--format", "json", "--", "true"]];
            foreach (string[] command in commands)
            {
                FalterResult result = await FalterProcess.RunAsync(command);
                string[] names = [.. Regex.Matches(result.Output, "\"([A-Za-z0-9_]+)\":").Select(m => m.Groups[1].Value).Distinct()];
                Assert.NotEmpty(names);
                Assert.All(names, n => Assert.Contains($"`{n}`", page));
                Assert.All(names, n => Assert.Matches("^[a-z0-9_]+$", n));
            }
        }
        finally
        {
            Directory.Delete(recording, recursive: true);
        }
    }
}
