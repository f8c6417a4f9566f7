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
            <h2 id="plans">Time line per fault plan</h2><p class="quiet">Orange ground: errors were injected. Blue: latency of checks that passed, logarithmic. Crosses: failed checks.
            Red bars: requests per second that ended otherwise than usual. Orange bars: calls failed per second. Numbered pins: processes that died. Seconds since the run began.</p>

            """);
        bool first = true;
        foreach (PlanVerdict plan in TextReport.WorstFirst(verdict))
        {
            AppendPlan(page, run, plan, plan.Plan.Number, open: first);
            first = false;
        }
    }

    private static void AppendPlan(StringBuilder page, RunData run, PlanVerdict verdict, int plan, bool open)
    {
        CheckSample[] checks = [.. run.Checks.Where(c => c.Plan == plan && c.Phase == RunPhase.Inject)];
        page.Append($"""
            <details class="plan" id="plan-{plan}"{(open ? " open" : "")}><summary>{Html.Chip(verdict.Verdict)} <span class="call">{Html.Text(verdict.Plan.Name)}</span>
            <span class="figures">{Html.Number(verdict.Counts.Injected)} of {Html.Number(verdict.Counts.Matched)} calls failed{(checks.Length > 0 ? $", {checks.Count(c => c.Passed)} / {checks.Length} checks passed" : "")}</span></summary><div>
            <figure>{TimeLine.Draw(run, plan)}</figure>
            <h3>Evidence</h3><ul class="evidence">

            """);
        foreach (Evidence evidence in verdict.Evidence)
        {
            page.Append($"<li><span class=\"t\">{(evidence.AtSeconds is { } at ? $"{Html.C(at)} s" : "")}</span><span>{Html.Text(evidence.Text)}</span></li>\n");
        }
        page.Append("</ul>\n");
        if (run.Faults.LastOrDefault(f => f.Plan == plan) is { } fault) AppendFault(page, fault);
        AppendLog(page, run, verdict, plan);
        page.Append("</div></details>\n");
    }

    private static void AppendFault(StringBuilder page, FaultRecord fault) => page.Append($"""
        <h3>What was done</h3><p><code>{Html.Text(fault.Rule)}</code> by {Html.Text(fault.Mechanism)}, {Html.Text(fault.Step)} at {Html.C(fault.AtSeconds)} s. {Html.Text(fault.Undo)}</p>

        """);

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
