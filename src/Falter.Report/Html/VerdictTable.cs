using System.Text;
using Falter.Model;
using Falter.Records;

namespace Falter.Report;

/// <summary>All verdicts, worst first.</summary>
internal static class VerdictTable
{
    public static void Append(StringBuilder page, RunData run)
    {
        page.Append("<h2 id=\"verdicts\">Verdicts</h2><p class=\"quiet\">Did the service keep its promises while each error was injected, and after it stopped?</p>\n");
        if (run.Verdict is not { Plans.Count: > 0 } verdict)
        {
            page.Append("<p class=\"empty\">No model was judged. The findings say why, and what to do.</p>\n");
            return;
        }
        page.Append("""
            <table class="cards"><caption>Worst verdict first. Rates are shares of all calls of that system call; brackets: 95 % interval.</caption>
            <thead><tr><th>Verdict</th><th>System call and errno</th><th>Class</th><th class="n">Natural rate %</th><th class="n">of calls</th><th class="n">Injected rate %</th><th class="n">Injected calls</th><th class="n">Checks passed</th><th>Check latency</th></tr></thead><tbody>

            """);
        foreach (PlanVerdict plan in TextReport.WorstFirst(verdict)) AppendRow(page, run, plan);
        page.Append("</tbody></table>\n");
    }

    private static void AppendRow(StringBuilder page, RunData run, PlanVerdict verdict)
    {
        int plan = verdict.Plan.Number;
        ErrorModel? model = verdict.Plan.Model;
        string rate = "–";
        if (model?.Natural is { } natural)
        {
            (double low, double high) = Proportions.Wilson(natural.Failures, natural.Invocations);
            rate = $"{Html.Percent(natural.OverallRate())} <span class=\"ci\">[{Html.Percent(low)}, {Html.Percent(high)}]</span>";
        }
        CheckSample[] checks = [.. run.Checks.Where(c => c.Plan == plan && c.Phase == RunPhase.Inject)];
        string passed = checks.Length == 0 ? "–" : $"{checks.Count(c => c.Passed)} / {checks.Length}";
        page.Append($"""
            <tr><td class="head">{Html.Chip(verdict.Verdict)}</td><td class="head"><a class="call" href="#plan-{plan}">{Html.Text(verdict.Plan.Name)}</a></td>
            <td class="full" data-l="Class"><span>{(model is null ? Words.Of(verdict.Plan.Origin) : Classes(model))}</span></td><td class="n full" data-l="Natural %"><span>{rate}</span></td>
            <td class="n" data-l="of calls">{(model is null ? "–" : Html.Number(model.Natural.Invocations))}</td><td class="n" data-l="Injected %">{(model is null ? "–" : Html.Percent(model.InjectedRate))}</td>
            <td class="n" data-l="Injected calls">{Html.Number(verdict.Counts.Injected)}</td><td class="n" data-l="Checks passed">{passed}</td><td class="full none">{Sparkline.Draw(run, plan)}</td></tr>

            """);
    }

    /// <summary>The class, with what else is to be known of the model.</summary>
    public static string Classes(ErrorModel model) =>
        Words.Of(model.Class) + (model.Weak ? ", weak" : "") + (model.NormalOutcome ? " <span class=\"ci\">normal outcome</span>" : "");
}
