using Falter.Records;
using Falter.Report;

namespace Falter.Tests.Report;

public class TextReportTests
{
    [Fact]
    public void The_worst_verdict_comes_first_and_every_column_is_aligned()
    {
        string[] lines = TextReport.Render(SampleRun.Build(), colour: false).Split('\n');
        Assert.Equal("nginx survived 2 of 5 realistic error models, 1 of them degraded; 1 crash, 1 hang, 1 corruption; 2 more could not be judged.", lines[0]);
        int head = Array.FindIndex(lines, l => l.StartsWith("VERDICT", StringComparison.Ordinal));
        Assert.Equal(["crashed", "hung", "corrupted", "degraded", "unknown", "not-exercised", "resilient"], lines[(head + 1)..(head + 8)].Select(l => l.Split(' ')[0]));
        int name = lines[head].IndexOf("SYSCALL", StringComparison.Ordinal);
        Assert.All(lines[(head + 1)..(head + 8)], l => Assert.True(l[name - 1] == ' ' && l[name] != ' ', l));
        Assert.Single(lines[head..(head + 8)].Select(l => l.Length).Distinct());
    }

    [Fact]
    public void Evidence_stands_below_what_did_not_hold_and_findings_bear_their_codes()
    {
        string text = TextReport.Render(SampleRun.Build(), colour: false);
        Assert.Contains("connect:EINPROGRESS: crashed\n  191.4 s: The target died: killed by SIGSEGV", text);
        Assert.Contains("[fault-not-fired]", text);
        Assert.DoesNotContain("openat:ENOENT: resilient", text);
        Assert.Contains("seed 7; ", text);
    }

    [Fact]
    public void Colours_are_for_terminals_only()
    {
        Assert.DoesNotContain("\e[", TextReport.Render(SampleRun.Build(), colour: false));
        string coloured = TextReport.Render(SampleRun.Build(), colour: true);
        Assert.Contains("\e[31mcrashed", coloured);
        Assert.Contains("\e[32mresilient", coloured);
        Assert.Equal(TextReport.Render(SampleRun.Build(), colour: false), System.Text.RegularExpressions.Regex.Replace(coloured, "\e\\[[0-9;]*m", ""));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_the_target_wrote_cannot_reach_the_terminal_as_commands(bool colour)
    {
        RunData sample = SampleRun.Build();
        RunVerdict verdict = sample.Verdict!;
        RunData hostile = sample with
        {
            Verdict = verdict with
            {
                Target = "ng\e[2Jinx",
                Findings = [new Finding(FindingLevel.Note, "target-exited", "wrote \e]0;title\a and \r")],
                Plans = [.. verdict.Plans.Select(p => p with { Turns = [.. p.Turns.Select(t => t with { Evidence = [new Evidence(1, "first: \e[2J\u009b1m")] })] })],
            },
        };
        string text = TextReport.Render(hostile, colour);
        Assert.DoesNotContain("\e[2J", text);
        Assert.DoesNotContain("\e]0", text);
        Assert.DoesNotContain('\a', text);
        Assert.DoesNotContain('\r', text);
        Assert.DoesNotContain('\u009b', text);
    }

    [Fact]
    public void A_run_without_a_verdict_names_no_report_that_is_not_there()
    {
        string text = TextReport.Render(SampleRun.Build() with { Verdict = null }, colour: false);
        Assert.StartsWith("The run of nginx ended before anything was judged.", text);
        Assert.DoesNotContain("report.html", text);
    }

    [Fact]
    public void A_run_without_models_proves_nothing()
    {
        RunData sample = SampleRun.Build();
        Assert.Contains("nothing is proved", TextReport.Render(sample with { Verdict = sample.Verdict! with { Plans = [] } }, colour: false));
    }
}
