using System.Net;
using System.Text.RegularExpressions;
using Falter.Records;
using Falter.Report;

namespace Falter.Tests.Report;

public partial class HtmlReportTests
{
    // What a browser would take for markup, for the end of an attribute, or for a script.
    private const string Hostile = "<script>alert('x')</script>\"'><img src=x onerror=alert(1)>&amp;";

    [GeneratedRegex("""(?:src|href|action|data|poster|srcset)\s*=\s*["']?([^"'\s>]+)|url\(([^)]*)\)|@import\s+(\S+)""", RegexOptions.IgnoreCase)]
    private static partial Regex Resource();

    [GeneratedRegex("<(script|img|iframe|object|embed|link|base|meta)\\b", RegexOptions.IgnoreCase)]
    private static partial Regex ActiveElement();

    [GeneratedRegex("\\son[a-z]+\\s*=", RegexOptions.IgnoreCase)]
    private static partial Regex Handler();

    /// <summary>Written where FALTER_SAMPLE_REPORT says, so that a person can look at it.</summary>
    [Fact]
    public void The_page_holds_the_answer_each_verdict_its_evidence_findings_and_how_to_repeat_the_run()
    {
        RunData run = SampleRun.Build();
        string page = HtmlReport.Render(run);
        if (Environment.GetEnvironmentVariable("FALTER_SAMPLE_REPORT") is { } file) File.WriteAllText(file, page);
        Assert.Contains($"<h1>{Encoded(Headline.Of(run))}</h1>", page);
        foreach (Verdict verdict in Enum.GetValues<Verdict>()) Assert.Contains($"<b>1</b> {Falter.Records.Words.Of(verdict).Replace('-', ' ')}", page, StringComparison.OrdinalIgnoreCase);
        foreach (PlanVerdict plan in run.Verdict!.Plans)
        {
            Assert.Contains($">{plan.Plan.Name}</a>", page);
            Assert.All(plan.Evidence, e => Assert.Contains(Encoded(e.Text), page));
        }
        foreach (Finding finding in run.Verdict.Findings) Assert.Contains($"<code>{finding.Code}</code><p>{Encoded(finding.Message)}</p>", page);
        Assert.Contains(Encoded(run.Run.CommandLine), page);
        Assert.Contains("No such file or directory", page);
        Assert.Contains("<dd>7<small>", page);
        Assert.True(page.IndexOf("SIGSEGV", StringComparison.Ordinal) < page.IndexOf("Back to the baseline", StringComparison.Ordinal), "the worst does not come first");
    }

    [Fact]
    public void Every_plan_has_its_time_line_and_deaths_are_numbered()
    {
        string page = HtmlReport.Render(SampleRun.Build());
        for (int plan = 0; plan < 7; plan++)
        {
            Assert.Contains($"href=\"#plan-{plan}\"", page);
            Assert.Contains($"id=\"plan-{plan}\"", page);
        }
        Assert.Equal(14, Regex.Count(page, "<svg class=\"chart "));
        // Two deaths, each in the wide and in the narrow drawing.
        Assert.Equal(4, Regex.Count(page, "class=\"pin\""));
        Assert.DoesNotContain("NaN", page);
        Assert.DoesNotContain("∞", page);
    }

    [Fact]
    public void Whatever_comes_from_the_run_is_text_and_never_markup()
    {
        RunData run = SampleRun.Build();
        string expected = HtmlReport.Render(run), page = HtmlReport.Render(Hostilely(run));
        Assert.DoesNotContain("<script>alert", page);
        Assert.DoesNotContain("<img", page);
        Assert.Equal(ActiveElement().Count(expected), ActiveElement().Count(page));
        // A quote that was not escaped would end an attribute and begin a handler.
        Assert.Empty(Handler().Matches(TagsOf(page)));
        foreach (string mark in new[] { "run", "kernel", "version", "target", "check", "workload", "command", "evidence", "code", "message", "plan", "role", "measure", "reaction", "line", "mechanism", "undo", "step", "log", "folder" })
        {
            Assert.Contains($"{mark}{Encoded(Hostile)}", page);
        }
    }

    [Fact]
    public void Nothing_is_loaded_from_anywhere()
    {
        string page = HtmlReport.Render(SampleRun.Build());
        string[] resources = [.. Resource().Matches(page).Select(m => m.Groups.Values.Skip(1).First(g => g.Success).Value)];
        Assert.NotEmpty(resources);
        Assert.All(resources, r => Assert.True(r.StartsWith('#') || r == "data:,", r));
        Assert.DoesNotContain("fetch(", page);
        Assert.DoesNotContain("XMLHttpRequest", page);
    }

    [Fact]
    public void A_hundred_thousand_probes_and_requests_make_a_page_that_a_browser_opens_at_once()
    {
        RunData run = SampleRun.Build(probesPerPlan: 100_000 / 7, requestsPerPlan: 100_000 / 7);
        Assert.InRange(run.Checks.Count, 99_000, 101_000);
        string page = HtmlReport.Render(run);
        Assert.InRange(page.Length, 50_000, 1_000_000);
        Assert.Contains($"{run.Checks.Count:N0} probes".Replace(',', '\u2009'), WebUtility.HtmlDecode(page));
    }

    [Fact]
    public void A_run_without_a_verdict_has_a_page_that_says_so()
    {
        string page = HtmlReport.Render(SampleRun.Build() with { Verdict = null });
        Assert.Contains("ended before anything was judged", page);
        Assert.Contains("No fault plan was judged", page);
        Assert.Contains("id=\"natural\"", page);
    }

    [Fact]
    public void A_run_without_models_is_no_success()
    {
        RunData sample = SampleRun.Build();
        string page = HtmlReport.Render(sample with { Verdict = sample.Verdict! with { Plans = [] }, Samples = [], Checks = [], Requests = [], Faults = [], Events = [], TargetLog = new Dictionary<int, IReadOnlyList<string>>() });
        Assert.Contains("nothing is proved", page);
        Assert.Contains("No system call failed", page);
        Assert.DoesNotContain("NaN", page);
    }

    [Fact]
    public void An_interrupted_run_says_so_in_its_first_line()
    {
        RunData sample = SampleRun.Build();
        Assert.Contains("(interrupted)", Headline.Of(sample with { Verdict = sample.Verdict! with { Interrupted = true } }));
        string page = HtmlReport.Render(sample with { Verdict = sample.Verdict! with { Interrupted = true, Plans = [] } });
        Assert.Contains("interrupted before anything was injected", page);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Plans_with_hardly_a_sample_are_drawn(int samples)
    {
        RunData sample = SampleRun.Build();
        string page = HtmlReport.Render(sample with { Checks = [.. sample.Checks.Where(c => c.Plan == 0).Take(samples)], Requests = [] });
        Assert.DoesNotContain("NaN", page);
        Assert.DoesNotContain("∞", page);
        Assert.Contains($"{samples} {(samples == 1 ? "probe" : "probes")}<", page);
    }

    [Fact]
    public void A_probe_that_passed_between_failed_ones_is_drawn_as_a_dot()
    {
        RunData sample = SampleRun.Build();
        CheckSample[] plan = [.. sample.Checks.Where(c => c.Plan == 0)];
        string page = HtmlReport.Render(sample with { Checks = [.. plan.Select((c, i) => c with { Passed = i == 5 })] });
        // In the sparkline and in both time lines of this plan.
        Assert.Equal(3, Regex.Count(page, "class=\"line\" d=\"M[0-9. ]+h0\""));
    }

    [Fact]
    public void The_same_run_makes_the_same_page() => Assert.Equal(HtmlReport.Render(SampleRun.Build()), HtmlReport.Render(SampleRun.Build()));

    private static string Encoded(string text) => Html.Text(text);

    private static string TagsOf(string page) => string.Join('\n', Regex.Matches(page, "<[a-zA-Z][^>]*>").Select(m => Regex.Replace(m.Value, "\"[^\"]*\"", "")));

    private static RunData Hostilely(RunData run) => run with
    {
        Folder = $"/folder{Hostile}",
        Run = run.Run with
        {
            Run = $"run{Hostile}", Kernel = $"kernel{Hostile}", FalterVersion = $"version{Hostile}", Target = $"target{Hostile}", Checks = [$"check{Hostile}"],
            Workload = [$"workload{Hostile}"], WorkloadRate = null, CommandLine = $"command{Hostile}", InjectMechanism = $"mechanism{Hostile}", ObserveMechanism = $"mechanism{Hostile}",
        },
        Verdict = run.Verdict! with
        {
            Target = $"target{Hostile}",
            // Records that another hand wrote need not keep to the table of codes.
            Findings = [new Finding(FindingLevel.Blocks, $"code{Hostile}", $"message{Hostile}")],
            Plans = [.. run.Verdict.Plans.Select(p => p with
            {
                Plan = p.Plan with { Name = $"plan{Hostile}", Faults = [.. p.Plan.Faults.Select(f => f with { Role = $"role{Hostile}" })] },
                Turns = [.. p.Turns.Select(t => t with
                {
                    Counts = [.. t.Counts.Select(c => c with { Mechanism = Hostile })], Evidence = [new Evidence(1, $"evidence{Hostile}")],
                    Effects = [new MeasureEffect($"measure{Hostile}", Hostile, RunPhase.Inject, 1, 1, 0, 1, 1, 0, 1, 0.5, 1, true)],
                    Reactions = [new ErrnoReaction(Errno.ENOENT, Hostile, $"reaction{Hostile}", 2, 0)],
                    Log = [new LogExcerpt(Hostile, 1, [$"line{Hostile}"])],
                })],
            })],
        },
        Checks = [.. run.Checks.Select(c => c with { Check = $"check{Hostile}", Detail = Hostile })],
        Requests = [.. run.Requests.Select(r => r with { Request = $"request{Hostile}", Outcome = Hostile })],
        Events = [.. run.Events.Select(e => e with { Text = Hostile })],
        Faults = [.. run.Faults.Select(f => f with { Rule = $"rule{Hostile}", Mechanism = $"mechanism{Hostile}", Undo = $"undo{Hostile}", Step = $"step{Hostile}" })],
        TargetLog = run.TargetLog.ToDictionary(l => l.Key, l => (IReadOnlyList<string>)[$"ENOENT log{Hostile}"]),
    };
}
