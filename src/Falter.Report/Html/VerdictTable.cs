using System.Text;
using Falter.Model;
using Falter.Records;

namespace Falter.Report;

/// <summary>All verdicts, worst first. Columns that would be empty in every row are left out.</summary>
internal sealed class VerdictTable
{
    private readonly RunData _run;
    private readonly bool _models, _repeated, _thresholds;

    private VerdictTable(RunData run, RunVerdict verdict)
    {
        _run = run;
        _models = verdict.Plans.Any(p => p.Plan.Model is not null);
        _repeated = verdict.Plans.Any(p => p.Runs > 1);
        _thresholds = verdict.Plans.Any(p => p.Threshold is not null);
    }

    public static void Append(StringBuilder page, RunData run)
    {
        page.Append("<h2 id=\"verdicts\">Verdicts</h2><p class=\"quiet\">Did the service keep its promises while each fault plan was carried out, and after it had ended?</p>\n");
        if (run.Verdict is not { Plans.Count: > 0 } verdict)
        {
            page.Append("<p class=\"empty\">No fault plan was judged. The findings say why, and what to do.</p>\n");
            return;
        }
        new VerdictTable(run, verdict).Append(page, verdict);
    }

    /// <summary>The class, with what else is to be known of the model.</summary>
    public static string Classes(ErrorModel model) =>
        Words.Of(model.Class) + (model.Weak ? ", weak" : "") + (model.NormalOutcome ? " <span class=\"ci\">normal outcome</span>" : "");

    private void Append(StringBuilder page, RunVerdict verdict)
    {
        string models = _models ? "<th>Class</th><th class=\"n\">Natural rate %</th><th class=\"n\">of calls</th><th class=\"n\">Injected rate %</th>" : "";
        page.Append($"""
            <table class="cards"><caption>Worst verdict first. Brackets: 95 % interval.{(_models ? " Rates are shares of all calls of that system call." : "")}</caption>
            <thead><tr><th>Verdict</th><th>{(_models ? "System call and errno" : "Fault plan")}</th>{(_repeated ? "<th class=\"n\">Turns with it</th>" : "")}{models}{(_thresholds ? "<th class=\"n\">Bears up to %</th>" : "")}<th class="n">Injected</th><th class="n">Requests as usual %</th><th class="n">Checks passed</th><th>Check latency</th></tr></thead><tbody>

            """);
        foreach (PlanVerdict plan in TextReport.WorstFirst(verdict)) AppendRow(page, plan);
        page.Append("</tbody></table>\n");
    }

    private void AppendRow(StringBuilder page, PlanVerdict verdict)
    {
        IReadOnlyList<TurnData> turns = TurnData.Of(_run, verdict);
        CheckSample[] checks = [.. turns.SelectMany(t => t.Injected)];
        string passed = checks.Length == 0 ? "–" : $"{checks.Count(c => c.Passed)} / {checks.Length}";
        page.Append($"""
            <tr><td class="head">{Html.Chip(verdict.Verdict)}</td><td class="head"><a class="call" href="#plan-{verdict.Plan.Number}">{Html.Text(verdict.Plan.Name)}</a></td>{(_repeated ? Cell("Turns with it", HeldOf(verdict)) : "")}{(_models ? ModelCells(verdict.Plan) : "")}{(_thresholds ? Cell("Bears up to %", ThresholdOf(verdict.Threshold)) : "")}
            {Cell("Injected", Html.Number(verdict.Counts.Injected))}{Cell("As usual %", UsualOf(turns))}{Cell("Checks passed", passed)}<td class="full none">{Sparkline.Draw(turns.Count > 0 ? turns[0] : null)}</td></tr>

            """);
    }

    private static string Cell(string label, string text) => $"<td class=\"n\" data-l=\"{label}\"><span>{text}</span></td>";

    private static string ModelCells(FaultPlan plan)
    {
        if (plan.Model is not { } model) return $"<td class=\"full\" data-l=\"Class\"><span>{Words.Of(plan.Origin)}</span></td>{Cell("Natural %", "–")}{Cell("of calls", "–")}{Cell("Injected %", "–")}";
        NaturalError natural = model.Natural;
        (double low, double high) = Proportions.Wilson(natural.Failures, natural.Invocations);
        return $"""
            <td class="full" data-l="Class"><span>{Classes(model)}</span></td><td class="n full" data-l="Natural %"><span>{Html.Percent(natural.OverallRate())} <span class="ci">[{Html.Percent(low)}, {Html.Percent(high)}]</span></span></td>
            {Cell("of calls", Html.Number(natural.Invocations))}{Cell("Injected %", Html.Percent(model.InjectedRate))}
            """;
    }

    private static string HeldOf(PlanVerdict verdict)
    {
        if (verdict.Runs == 0) return "–";
        (double low, double high) = Proportions.Wilson(verdict.Held, verdict.Runs);
        return $"{verdict.Held} of {verdict.Runs} <span class=\"ci\">[{Html.Percent(low)}, {Html.Percent(high)}] %</span>";
    }

    private static string ThresholdOf(RateThreshold? threshold) => threshold switch
    {
        null => "–",
        { Bears: true } all => $"all tried, {Html.Percent(all.High)}",
        var found => $"{Html.Percent(found.Rate)} <span class=\"ci\">[{Html.Percent(found.Low)}, {Html.Percent(found.High)}]</span>",
    };

    private string UsualOf(IReadOnlyList<TurnData> turns)
    {
        int all = turns.Sum(t => t.Requests.Count(r => r.Phase == RunPhase.Inject));
        if (all == 0) return "–";
        int usual = all - turns.Sum(t => t.Unusual(_run).Count(r => r.Phase == RunPhase.Inject));
        (double low, double high) = Proportions.Wilson(usual, all);
        return $"{Html.Percent(usual / (double)all)} <span class=\"ci\">[{Html.Percent(low)}, {Html.Percent(high)}]</span>";
    }
}
