using System.Text.RegularExpressions;
using Falter.Records;
using Falter.Report;

namespace Falter.Tests.Report;

public class MarkdownReportTests
{
    private const string Hostile = "<script>x</script> | @everyone #1 [a](http://b) `c` *d* ``` \n# e \u0007";

    [Fact]
    public void The_answer_comes_first_then_the_table_then_the_evidence()
    {
        string text = MarkdownReport.Render(WrittenRun.Build());
        Assert.StartsWith("### shop survived 3 of 4 fault plans", text);
        Assert.Contains("| **corrupted** | `disk full` | 3/5 | 205 | 30/40 | - |\n", text);
        Assert.Contains("<details><summary>disk full: corrupted in 3 of 5 turns</summary>\n\n- fault `db: write:error=ENOSPC:rate=20%`\n", text);
        Assert.DoesNotContain("<summary>openat:EMFILE", text);
        Assert.Contains("seed 7", text);
        Assert.Equal(Regex.Count(text, "<details>"), Regex.Count(text, "</details>"));
    }

    [Fact]
    public void What_comes_from_the_run_is_text_and_never_markup()
    {
        PlanVerdict plan = WrittenRun.Plan(0, Hostile, ["web: openat:error=EMFILE:rate=5%"], [Verdict.Crashed], reactions: [new(WrittenRun.TooMany, "log", Hostile, 3, 0)]);
        plan = plan with { Turns = [plan.Turns[0] with { Evidence = [new Evidence(null, Hostile)], Log = [new LogExcerpt(Hostile, 1, [Hostile])] }] };
        RunData run = WrittenRun.Build() with { Verdict = WrittenRun.Verdicts(plan) with { Target = Hostile, Findings = [new Finding(FindingLevel.Note, "target-exited", Hostile)] } };
        string text = MarkdownReport.Render(run with { Run = run.Run with { Run = Hostile, CommandLine = Hostile } });
        Assert.DoesNotContain('\u0007', text);
        // Code, in lines and in blocks, is shown as it is; outside of it nothing of it may work.
        string[] lines = Regex.Replace(text, "(?m)^(`{3,})text\n(.*\n)*?\\1$", "").Split('\n');
        string outside = Regex.Replace(string.Join('\n', lines), "(`+)(?!`).*?(?<!`)\\1(?!`)", "");
        Assert.DoesNotContain("<script", Regex.Replace(outside, @"\\<", ""));
        Assert.DoesNotContain("@everyone", outside);
        Assert.DoesNotMatch("#1", outside);
        // Within the element that unfolds it is HTML, where Markdown is not read.
        Assert.DoesNotMatch(@"(?<!\\)\[a", Regex.Replace(outside, "<summary>.*</summary>", ""));
        string row = Assert.Single(lines, l => l.StartsWith("| **crashed**", StringComparison.Ordinal));
        Assert.Equal(5, Regex.Count(row, @"(?<!\\)\|"));
        Assert.DoesNotContain(lines, l => l.StartsWith("# e", StringComparison.Ordinal));
    }

    [Fact]
    public void A_comment_that_would_be_refused_for_its_length_is_cut_and_says_so()
    {
        string long_ = new('x', 3000);
        PlanVerdict[] plans = [.. Enumerable.Range(0, 400).Select(i => WrittenRun.Plan(i, $"plan {i} {new string('y', 100)}", ["web: openat:error=EMFILE:rate=5%"], [Verdict.Crashed], reactions: [new(WrittenRun.TooMany, "log", long_, 3, 0)]))];
        RunVerdict verdict = WrittenRun.Verdicts(plans) with { Findings = [.. Enumerable.Range(0, 100).Select(_ => Finding.Note("target-exited", long_))] };
        string text = MarkdownReport.Render(WrittenRun.Build() with { Verdict = verdict });
        Assert.InRange(text.Length, 30_000, 65_536);
        Assert.Contains("more rows did not fit", text);
        Assert.Contains("more plans with evidence did not fit", text);
        Assert.Contains("seed 7", text);
    }

    [Fact]
    public void A_run_without_a_verdict_and_one_that_was_cut_off_say_so()
    {
        Assert.StartsWith("### The run of shop ended before anything was judged.", MarkdownReport.Render(WrittenRun.Build() with { Verdict = null }));
        Assert.Contains("cut off", MarkdownReport.Render(WrittenRun.Build() with { IsCutOff = true }).Split('\n')[0]);
    }
}
