using System.Text;
using Falter.Model;
using Falter.Records;

namespace Falter.Report;

/// <summary>Every error that the target met by nature, and what became of it.</summary>
internal static class NaturalErrors
{
    public static void Append(StringBuilder page, RunData run)
    {
        IReadOnlyList<ErrorModel> found = [.. ErrorModelSynthesizer.Synthesize(run.Samples, new ErrorModelOptions()).OrderByDescending(m => m.Natural.Failures)];
        page.Append("<h2 id=\"natural\">Natural errors</h2><p class=\"quiet\">What the target met while it was only observed.</p>\n");
        if (found.Count == 0)
        {
            page.Append("<p class=\"empty\">No system call failed. A longer observation, or a workload that reaches more of the service, may show more.</p>\n");
            return;
        }
        page.Append("""
            <table class="cards"><thead><tr><th>System call and errno</th><th>Class</th><th class="n">Failures</th><th class="n">of calls</th><th class="n">Intervals</th><th class="n">p5 %</th><th class="n">Mean %</th><th class="n">p95 %</th><th class="n">Injected at %</th><th>Tried</th></tr></thead><tbody>

            """);
        HashSet<string> tried = [.. run.Verdict?.Plans.SelectMany(p => p.Plan.Models.Select(m => m.Name)) ?? []];
        foreach (ErrorModel m in found)
        {
            NaturalError n = m.Natural;
            page.Append($"""
                <tr><td class="head"><span class="call">{m.Name}</span></td><td class="full" data-l="Class"><span>{VerdictTable.Classes(m)}</span></td><td class="n" data-l="Failures">{Html.Number(n.Failures)}</td><td class="n" data-l="of calls">{Html.Number(n.Invocations)}</td>
                <td class="n" data-l="Intervals">{n.Intervals} / {run.Samples.Count}</td><td class="n" data-l="p5 %">{Html.Percent(n.RateP5)}</td><td class="n" data-l="Mean %">{Html.Percent(n.RateMean)}</td><td class="n" data-l="p95 %">{Html.Percent(n.RateP95)}</td>
                <td class="n" data-l="Injected at %">{Html.Percent(m.InjectedRate)}</td><td data-l="Tried">{(tried.Contains(m.Name) ? "yes" : "left out")}</td></tr>

                """);
        }
        page.Append("</tbody></table>\n");
    }
}
