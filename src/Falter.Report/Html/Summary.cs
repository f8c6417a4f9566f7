using System.Text;
using Falter.Records;

namespace Falter.Report;

/// <summary>What stands right below the answer: the tally, the facts of the run, and how to repeat it.</summary>
internal static class Summary
{
    public static void Append(StringBuilder page, RunData run)
    {
        page.Append($"<p class=\"lede\">{Html.Text(Lede(run))}</p>\n");
        if (run.Verdict is { Plans.Count: > 0 } verdict)
        {
            IEnumerable<string> chips = verdict.Summary.Where(s => s.Value > 0).OrderByDescending(s => s.Key).Select(s => $"<li>{Html.Chip(s.Key, s.Value)}</li>");
            page.Append($"<ul class=\"tally\" aria-label=\"Verdicts\">{string.Concat(chips)}</ul>\n");
        }
        AppendFacts(page, run);
        string command = Html.Text(run.Run.CommandLine);
        page.Append($"<div class=\"cmd\"><pre tabindex=\"0\">$ {command}</pre><button type=\"button\" data-copy=\"{command}\">Copy</button></div>\n");
    }

    private static string Lede(RunData run)
    {
        if (run.Verdict is not { } verdict) return "The run was ended from outside before it could judge; what it had written until then is below.";
        int untold = verdict.Summary[Verdict.NotExercised];
        bool natural = verdict.Plans.Any(p => p.Plan.Origin == PlanOrigin.Natural) || verdict.Plans.Count == 0;
        string lede = verdict.Plans.Count == 0 ? "Errors are amplified from those that the target meets by nature; where there are none, the workload may not reach them."
            : natural ? "Each error that the target met by nature was made more frequent, one at a time, while checks and workload went on."
            : "Each fault plan was carried out by itself while checks and workload went on, then undone, and the system was looked at again.";
        return lede + (untold > 0 ? $" {(untold == 1 ? "One plan was" : $"{untold} plans were")} never exercised and {(untold == 1 ? "is" : "are")} not counted." : "");
    }

    private static void AppendFacts(StringBuilder page, RunData run)
    {
        RunDescription r = run.Run;
        long calls = run.Samples.Sum(s => s.Rows.Sum(row => row.Count)), lost = run.Samples.Sum(s => s.Lost);
        page.Append("<dl class=\"facts\">");
        Fact(page, "Target", r.Target, r.Command.Count > 0 ? "launched by Falter" : $"attached to, pid {string.Join(", ", r.Pids)}");
        Fact(page, "Kernel", r.Kernel, $"{r.Processors} processors");
        Fact(page, "Mechanism", $"observe: {r.ObserveMechanism}", $"inject: {r.InjectMechanism}");
        Fact(page, "Seed", r.Seed.ToString(), "decisions repeat; timing does not");
        if (run.Samples.Count > 0) Fact(page, "Observed", $"{Html.Seconds(r.ObserveSeconds)}, {Html.Number(calls)} calls", $"{Html.Number(lost)} lost");
        Fact(page, "Assessed", $"{run.Verdict?.Plans.Count ?? 0} fault plans", $"baseline {Html.Seconds(r.BaselineSeconds)}; each inject {Html.Seconds(r.InjectSeconds)}, recover {Html.Seconds(r.RecoverSeconds)}");
        Fact(page, "Checks", string.Join("; ", r.Checks), $"{Html.Number(run.Checks.Count)} {(run.Checks.Count == 1 ? "probe" : "probes")}");
        Fact(page, "Workload", Workload(r), $"{Html.Number(run.Requests.Count)} requests");
        page.Append("</dl>\n");
    }

    private static string Workload(RunDescription run) => run.Workload.Count == 0 ? "none of Falter's own"
        : run.WorkloadRate is { } rate ? $"{run.Workload.Count} URLs, {rate:0.#}/s, open loop" : run.Workload[0];

    private static void Fact(StringBuilder page, string name, string value, string more) =>
        page.Append($"<div><dt>{name}</dt><dd>{Html.Text(value)}<small>{Html.Text(more)}</small></dd></div>\n");
}
