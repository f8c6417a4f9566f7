using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Falter.Records;
using Falter.Report;

namespace Falter.Tests.Report;

public class JUnitReportTests
{
    // Every character that XML 1.0 knows or forbids in some way, and what would end an element or a section.
    private static readonly string s_hostile = string.Concat(Enumerable.Range(0, 0x20).Select(c => (char)c)) + "]]> </failure> & \" ' \u007f\u0085\u009b\ufffe\uffff \ud800 \udc00 😀";

    [Fact]
    public void Each_plan_is_a_case_that_fails_is_skipped_or_passes()
    {
        XElement suite = Suite(WrittenRun.Build(), Verdict.Corrupted);
        XElement[] cases = [.. suite.Elements("testcase")];
        Assert.Equal(["disk full", "database pauses", "a third of all packets between the web server and its database is lost", "openat:EMFILE", "never", "not run"], cases.Select(c => c.Attribute("name")!.Value));
        Assert.Equal("corrupted in 3 of 5 turns: Check http://127.0.0.1:8080/ failed 3 of 94 times.", cases[0].Element("failure")!.Attribute("message")!.Value);
        Assert.Contains("ENOSPC: 120 × HTTP status 500", cases[0].Element("failure")!.Value);
        Assert.Contains("cannot write 17", cases[0].Element("system-out")!.Value);
        Assert.Null(cases[1].Element("failure"));
        Assert.NotNull(cases[4].Element("skipped"));
        Assert.Contains("Not run.", cases[5].Element("skipped")!.Attribute("message")!.Value);
        Assert.Equal("150.000", cases[0].Attribute("time")!.Value);
        Assert.Equal(("6", "1", "0", "2"), (suite.Attribute("tests")!.Value, suite.Attribute("failures")!.Value, suite.Attribute("errors")!.Value, suite.Attribute("skipped")!.Value));
        Dictionary<string, string> properties = suite.Element("properties")!.Elements().ToDictionary(p => p.Attribute("name")!.Value, p => p.Attribute("value")!.Value);
        Assert.Equal("7", properties["seed"]);
        Assert.StartsWith("Linux", properties["kernel"]);
    }

    [Theory]
    [InlineData(Verdict.Degraded, 2)]
    [InlineData(Verdict.Corrupted, 1)]
    [InlineData(Verdict.Hung, 0)]
    public void What_fails_is_decided_by_the_mildest_verdict_that_counts(Verdict failOn, int failures) => Assert.Equal(failures, Suite(WrittenRun.Build(), failOn).Descendants("failure").Count());

    [Fact]
    public void A_run_that_is_itself_to_blame_is_an_error_and_never_all_green()
    {
        RunData run = WrittenRun.Build();
        Assert.Single(Suite(run with { Verdict = null }, Verdict.Corrupted).Descendants("error"));
        Assert.Single(Suite(run with { Verdict = run.Verdict! with { Interrupted = true } }, Verdict.Crashed).Descendants("error"));
        XElement invalid = Suite(run with { Verdict = run.Verdict with { Findings = [Finding.Blocks("baseline-invalid", "The check failed before.")] } }, Verdict.Crashed);
        Assert.Equal("baseline-invalid", Assert.Single(invalid.Descendants("error")).Attribute("type")!.Value);
    }

    [Fact]
    public void Hostile_texts_are_well_formed() => Assert.Contains("😀", Suite(Hostile(), Verdict.Corrupted).ToString());

    /// <summary>A consumer that is not ours: python3-junitparser reads every case with its outcome, also of hostile texts.</summary>
    [Fact]
    public void A_real_reader_of_junit_takes_it()
    {
        JsonArray read = Read(WrittenRun.Build());
        Assert.Equal(["failure", "passed", "passed", "passed", "skipped", "skipped"], read.Select(c => c!["outcome"]!.GetValue<string>()));
        Assert.Equal(150, read[0]!["time"]!.GetValue<double>());
        Assert.StartsWith("corrupted in 3 of 5 turns: ", read[0]!["message"]!.GetValue<string>());
        Assert.Equal(6, Read(Hostile()).Count);
    }

    private static RunData Hostile()
    {
        RunData run = WrittenRun.Build();
        return run with
        {
            Run = run.Run with { Run = s_hostile, Kernel = s_hostile, CommandLine = s_hostile, Experiment = s_hostile },
            Verdict = run.Verdict! with
            {
                Plans = [.. run.Verdict.Plans.Select(p => p with
                {
                    Plan = p.Plan with { Name = s_hostile },
                    Turns = [.. p.Turns.Select(t => t with { Evidence = [new Evidence(null, s_hostile)], Log = [new LogExcerpt(s_hostile, 1, [s_hostile])], Reactions = [new(WrittenRun.NoSpace, "log", s_hostile, 1, 0)] })],
                })],
            },
        };
    }

    private static XElement Suite(RunData run, Verdict failOn) => XDocument.Parse(JUnitReport.Write(run, failOn)).Root!.Element("testsuite")!;

    private static JsonArray Read(RunData run)
    {
        const string script = """
            import json, sys
            from junitparser import JUnitXml, Failure, Skipped, Error
            suites = JUnitXml.fromstring(sys.stdin.buffer.read())
            words = {Failure: "failure", Skipped: "skipped", Error: "error"}
            cases = [c for s in suites for c in s]
            assert suites.tests == len(cases) and suites.failures + suites.skipped + suites.errors == sum(len(c.result) for c in cases)
            json.dump([{"outcome": words[type(c.result[0])] if c.result else "passed", "time": c.time, "message": c.result[0].message if c.result else None} for c in cases], sys.stdout)
            """;
        foreach (string python in new[] { "/usr/bin/python3", "python3" })
        {
            if (Python(python, "import junitparser", "") is not null) return JsonNode.Parse(Python(python, script, JUnitReport.Write(run, Verdict.Corrupted)) ?? "null")!.AsArray();
        }
        Assert.Skip("python3-junitparser is not installed; eng/prerequisites --for test installs it");
        return [];
    }

    /// <summary>What it printed; null where it failed or is not there.</summary>
    private static string? Python(string python, string script, string input)
    {
        if (python.StartsWith('/') && !File.Exists(python)) return null;
        try
        {
            using var process = Process.Start(new ProcessStartInfo(python, ["-c", script]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
            Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
            process.StandardInput.BaseStream.Write(System.Text.Encoding.UTF8.GetBytes(input));
            process.StandardInput.Close();
            process.WaitForExit();
            if (process.ExitCode != 0 && input.Length > 0) Assert.Fail(errors.Result);
            return process.ExitCode == 0 ? output.Result : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
