using System.Text.Json;
using System.Text.RegularExpressions;
using Falter.Records;
using Falter.Report;

namespace Falter.Tests.Report;

public class WrittenPlansTextTests
{
    private static readonly string s_text = TextReport.Render(WrittenRun.Build(), colour: false);

    [Fact]
    public void Plans_that_were_written_are_no_error_models() =>
        Assert.StartsWith("shop survived 3 of 4 fault plans, 1 of them degraded; 1 corruption; 1 more could not be judged; 1 more was not run.\n", s_text);

    [Fact]
    public void The_table_keeps_to_80_columns_and_names_go_on_in_the_next_line()
    {
        string[] table = [.. s_text.Split('\n').Skip(2).TakeWhile(l => l.Length > 0)];
        Assert.All(table, l => Assert.True(l.Length <= 80, l));
        Assert.Contains(table, l => Regex.IsMatch(l, @"^corrupted +disk full +3/5 +205 +30/40 +-$"));
        Assert.Contains("a third of all packets between the web server and its database is lost", Regex.Replace(string.Join(' ', table.Select(l => Regex.Replace(l, @" \d/\d.*$", ""))), " +", " "));
        Assert.DoesNotContain("CALLS", table[0]);
    }

    [Fact]
    public void Thresholds_and_reactions_have_a_line_each()
    {
        Assert.Contains("openat:EMFILE: resilient in 5 of 5 turns\n  bears openat:EMFILE up to 12% (9% to 16%); 14 turns, 95 % interval\n", s_text);
        Assert.Contains("disk full: corrupted in 3 of 5 turns\n  db: write:error=ENOSPC:rate=20%\n", s_text);
        // Five turns of 24 and 7 each.
        Assert.Contains("\n  ENOSPC: 120 × HTTP status 500 (baseline 0)\n  ENOSPC: 35 × log line \"cannot write #\" (baseline 5)\n", s_text);
    }

    [Fact]
    public void A_plan_that_bears_every_rate_has_no_threshold_that_could_be_printed()
    {
        RunVerdict verdict = WrittenRun.Verdicts(WrittenRun.Plan(0, "x", ["web: openat:error=EMFILE:rate=5%"], [Verdict.Resilient], new RateThreshold(1, 0.8, 1, 14, true)));
        Assert.Contains("bears x at every rate that was tried, up to 100%", TextReport.Render(WrittenRun.Build() with { Verdict = verdict }, colour: false));
    }

    [Fact]
    public void Turns_of_a_search_for_a_threshold_are_no_turns_of_the_table()
    {
        PlanVerdict plan = WrittenRun.Plan(0, "x", ["web: openat:error=EMFILE:rate=5%"], [Verdict.Resilient, Verdict.Crashed]);
        plan = plan with { Turns = [plan.Turns[0], plan.Turns[1] with { RateFactor = 8 }] };
        RunData run = WrittenRun.Build() with { Verdict = WrittenRun.Verdicts(plan), Checks = [Probe(1001), Probe(1031), Probe(1032)] };
        Assert.Contains("resilient  x        41        1/1\n", TextReport.Render(run, colour: false).Replace("CALLS", "COUNT"));

        static CheckSample Probe(double at) => new(at, SampleRun.Page, true, true, 1, "200", RunPhase.Inject, 0);
    }

    [Fact]
    public void A_run_that_was_cut_off_says_so_and_names_no_report()
    {
        string text = TextReport.Render(WrittenRun.Build() with { IsCutOff = true }, colour: false);
        Assert.Contains("(cut off, or going on still)", text);
        Assert.DoesNotContain(RunFolderFiles.Report, text);
    }

    /// <summary>Both forms print what verdict.json says: each row is made again from the document alone.</summary>
    [Fact]
    public void Every_number_of_the_tables_is_that_of_the_json()
    {
        foreach (RunData run in new[] { WrittenRun.Build(), SampleRun.Build() })
        {
            using JsonDocument json = JsonDocument.Parse(VerdictJson.Write(run.Verdict!));
            string text = TextReport.Render(run, colour: false), markdown = MarkdownReport.Render(run);
            foreach (JsonElement plan in json.RootElement.GetProperty("plans").EnumerateArray())
            {
                string name = plan.GetProperty("plan").GetProperty("name").GetString()!, verdict = plan.GetProperty("verdict").GetString()!;
                JsonElement[] turns = [.. plan.GetProperty("turns").EnumerateArray()];
                long injected = turns.Sum(t => t.GetProperty("counts").EnumerateArray().Sum(c => c.GetProperty("injected").GetInt64()));
                int runs = plan.GetProperty("runs").GetInt32();
                string row = Assert.Single(markdown.Split('\n'), l => l.Contains($"| `{name}` |"));
                Assert.Contains(verdict, row);
                Assert.Contains($"| {injected} |", row);
                string line = Assert.Single(text.Split('\n'), l => l.StartsWith(verdict, StringComparison.Ordinal) && l.Contains($" {name[..Math.Min(name.Length, 12)]}"));
                Assert.Matches($@" {injected}( |$)", line);
                if (run.Run.Repetitions > 1 && runs > 0) Assert.All([row, line], r => Assert.Contains($"{plan.GetProperty("held").GetInt32()}/{runs}", r));
                if (plan.GetProperty("plan").GetProperty("models") is { } models && models.GetArrayLength() == 1) Assert.All([row, line], r => Assert.Contains(Shares.Format(models[0].GetProperty("injected_rate").GetDouble()), r));
                if (plan.TryGetProperty("threshold", out JsonElement t))
                {
                    string interval = $"{Shares.Format(t.GetProperty("rate").GetDouble())} ({Shares.Format(t.GetProperty("low").GetDouble())} to {Shares.Format(t.GetProperty("high").GetDouble())})";
                    Assert.Contains(interval, text);
                    Assert.Contains(interval, row);
                }
                foreach (IGrouping<string, JsonElement> reaction in turns.SelectMany(u => u.GetProperty("reactions").EnumerateArray()).GroupBy(r => r.GetProperty("what").GetString()!))
                {
                    Assert.Contains($"{reaction.Sum(r => r.GetProperty("count").GetInt64())} × ", Assert.Single(text.Split('\n'), l => l.Contains(" × ") && l.Contains(reaction.Key)));
                }
            }
        }
    }
}
