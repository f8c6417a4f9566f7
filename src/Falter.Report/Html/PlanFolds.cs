using System.Text;
using Falter.Records;

namespace Falter.Report;

/// <summary>A fold for each fault plan, worst first and the worst open: its time line, its evidence, what was armed, and the target's own last words.</summary>
internal static class PlanFolds
{
    private const int MostLogLines = 12;

    public static void Append(StringBuilder page, RunData run)
    {
        if (run.Verdict is not { Plans.Count: > 0 } verdict) return;
        page.Append("""
            <h2 id="plans">Time line per fault plan</h2><p class="quiet">Orange ground: faults were in force. Blue: latency of checks that passed, logarithmic. Crosses: failed checks.
            Red bars: requests per second that ended otherwise than usual. Orange bars: injections per second. Numbered pins: processes that died. Seconds since the run began.</p>

            """);
        bool first = true;
        foreach (PlanVerdict plan in TextReport.WorstFirst(verdict))
        {
            AppendPlan(page, run, plan, open: first);
            first = false;
        }
    }

    private static void AppendPlan(StringBuilder page, RunData run, PlanVerdict verdict, bool open)
    {
        int plan = verdict.Plan.Number;
        IReadOnlyList<TurnData> turns = TurnData.Of(run, verdict);
        CheckSample[] checks = [.. turns.SelectMany(t => t.Injected)];
        string held = verdict.Runs > 1 ? $"{verdict.Held} of {verdict.Runs} turns, " : "";
        page.Append($"""
            <details class="plan" id="plan-{plan}"{(open ? " open" : "")}><summary>{Html.Chip(verdict.Verdict)} <span class="call">{Html.Text(verdict.Plan.Name)}</span>
            <span class="figures">{held}{Done(verdict.Counts)}{(checks.Length > 0 ? $", {checks.Count(c => c.Passed)} / {checks.Length} checks passed" : "")}</span></summary><div>

            """);
        if (turns.Count == 0) AppendEvidence(page, verdict.Evidence);
        for (int i = 0; i < turns.Count; i++)
        {
            // The worst turn is told; the others are there for who wants to know whether it was chance.
            if (i > 0) page.Append($"<details class=\"turn\"><summary>{Html.Chip(turns[i].Verdict.Verdict)} Repetition {turns[i].Verdict.Repetition + 1} of {verdict.Runs}</summary>\n");
            AppendTurn(page, run, turns[i]);
            if (i > 0) page.Append("</details>\n");
        }
        AppendFaults(page, run, verdict);
        AppendLog(page, run, verdict, plan);
        page.Append("</div></details>\n");
    }

    private static string Done(InjectionCounts counts) =>
        counts.Matched > 0 ? $"{Html.Number(counts.Injected)} of {Html.Number(counts.Matched)} calls failed" : $"injected {(counts.Injected == 1 ? "once" : $"{Html.Number(counts.Injected)} times")}";

    private static void AppendTurn(StringBuilder page, RunData run, TurnData turn)
    {
        page.Append($"<figure>{TimeLine.Draw(run, turn)}</figure>\n");
        AppendEvidence(page, turn.Verdict.Evidence);
        TurnDetails.Append(page, turn.Verdict);
    }

    private static void AppendEvidence(StringBuilder page, IReadOnlyList<Evidence> evidence)
    {
        page.Append("<h3>Evidence</h3><ul class=\"evidence\">\n");
        foreach (Evidence one in evidence)
        {
            page.Append($"<li><span class=\"t\">{(one.AtSeconds is { } at ? $"{Html.C(at)} s" : "")}</span><span>{Html.Text(one.Text)}</span></li>\n");
        }
        page.Append("</ul>\n");
    }

    private static void AppendFaults(StringBuilder page, RunData run, PlanVerdict verdict)
    {
        page.Append("<h3>What was done</h3><ul class=\"faults\">");
        foreach (RoleFault fault in verdict.Plan.Faults) page.Append($"<li><code>{Html.Text(fault.ToString())}</code></li>");
        page.Append("</ul>\n");
        if (run.Faults.LastOrDefault(f => f.Plan == verdict.Plan.Number) is { } last) page.Append($"<p>By {Html.Text(last.Mechanism)}, {Html.Text(last.Step)} at {Html.C(last.AtSeconds)} s. {Html.Text(last.Undo)}</p>\n");
    }

    private static void AppendLog(StringBuilder page, RunData run, PlanVerdict verdict, int plan)
    {
        if (!run.TargetLog.TryGetValue(plan, out IReadOnlyList<string>? log) || log.Count == 0) return;
        Errno[] errnos = [.. verdict.Plan.Faults.Select(f => f.Fault).OfType<SyscallFault>().Select(f => f.Effect.Error).OfType<Errno>()];
        // Lines that name the errno, or say what it means, first: they are the target's own view of the fault.
        string[] lines = [.. log.Where(l => Tells(l, errnos)).Concat(log.Where(l => !Tells(l, errnos))).Take(MostLogLines)];
        page.Append($"<h3>What the target wrote meanwhile</h3><p class=\"quiet\">{lines.Length} of {log.Count} lines of {RunFolderFiles.TargetLog} from this plan; those that name what was injected first.</p><pre class=\"log\">");
        foreach (string line in lines) page.Append(Html.Text(line.Length > 300 ? line[..300] + "…" : line)).Append('\n');
        page.Append("</pre>\n");
    }

    private static bool Tells(string line, IReadOnlyList<Errno> errnos) => errnos.Any(e => line.Contains(e.Name, StringComparison.Ordinal)
        || (e.Meaning.Length > 0 && line.Contains(e.Meaning, StringComparison.OrdinalIgnoreCase)));
}
