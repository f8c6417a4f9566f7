using Falter.Records;

namespace Falter.Report;

internal enum JUnitOutcome
{
    Passed,
    Skipped,
    Failure,
    Error,
}

/// <summary>One test case.</summary>
/// <param name="Name">The plan's.</param>
/// <param name="Seconds">All its turns together.</param>
/// <param name="Kind">What it counts as.</param>
/// <param name="Type">The verdict, or a finding's code.</param>
/// <param name="Message">One line.</param>
/// <param name="Details">All that it rests on.</param>
/// <param name="Log">What the system wrote around it.</param>
internal sealed record JUnitCase(string Name, double Seconds, JUnitOutcome Kind, string Type, string Message, IReadOnlyList<string> Details, IReadOnlyList<string> Log);

/// <summary>The cases of a run: its plans in their order, and one of the run itself where it is to blame.</summary>
internal static class JUnitCases
{
    // These end a run with an exit code that is no success, whatever its plans say.
    private static readonly string[] s_blaming = ["baseline-invalid", "undo-failed", "interrupted"];

    public static IReadOnlyList<JUnitCase> Of(RunData run, Verdict failOn) => [.. (run.Verdict?.Plans ?? []).Select(p => Of(p, failOn)), .. OfRun(run)];

    private static JUnitCase Of(PlanVerdict plan, Verdict failOn)
    {
        JUnitOutcome kind = plan.Verdict >= failOn ? JUnitOutcome.Failure : PlanFigures.IsUntold(plan) ? JUnitOutcome.Skipped : JUnitOutcome.Passed;
        string first = plan.Evidence.Count > 0 ? plan.Evidence[0].Text : "no evidence was kept";
        string turns = plan.Runs > 1 ? $" in {plan.Held} of {plan.Runs} turns" : "";
        return new JUnitCase(plan.Plan.Name, plan.Turns.Sum(t => Math.Max(0, t.EndSeconds - t.BeginSeconds)), kind, Words.Of(plan.Verdict), OneLine($"{Words.Of(plan.Verdict)}{turns}: {first}"), Details(plan, turns), Log(plan));
    }

    private static string[] Details(PlanVerdict plan, string turns) =>
    [
        $"{Words.Of(plan.Verdict)}{turns}; injected {PlanFigures.Injected(plan)} times; mechanism {plan.Mechanism}",
        .. plan.Plan.Faults.Select(f => $"fault {f}"),
        .. plan.Evidence.Select(PlanFigures.Evidence),
        .. PlanFigures.Threshold(plan) is { } threshold ? [threshold] : Array.Empty<string>(),
        .. PlanFigures.Reactions(plan).Select(PlanFigures.Reaction),
    ];

    private static string[] Log(PlanVerdict plan) =>
        [.. (plan.Worst?.Log ?? []).SelectMany(e => e.Lines.Prepend($"log of {e.Role} around {PlanFigures.Seconds(e.AtSeconds)} s:"))];

    private static IEnumerable<JUnitCase> OfRun(RunData run)
    {
        if (run.Verdict is not { } verdict)
        {
            string ended = "The run ended before anything was judged.";
            yield return new JUnitCase("the run itself", 0, JUnitOutcome.Error, "interrupted", ended, [ended], []);
            yield break;
        }
        Finding[] blaming = [.. verdict.Findings.Where(f => s_blaming.Contains(f.Code, StringComparer.Ordinal))];
        if (verdict.Interrupted && blaming.Length == 0) blaming = [Finding.Limits("interrupted", "The run was ended before all plans were tried.")];
        if (blaming.Length > 0) yield return new JUnitCase("the run itself", 0, JUnitOutcome.Error, blaming[0].Code, OneLine(blaming[0].Message), [.. blaming.Select(f => $"{f}")], []);
    }

    private static string OneLine(string text) => PlanFigures.Printable(text);
}
