using Falter.Records;

namespace Falter.Report;

/// <summary>What a run folder holds of one turn from its baseline on: what lies between its begin and its end. In folders of versions before turns, what bears its plan's number.</summary>
internal sealed record TurnData(TurnVerdict Verdict, IReadOnlyList<CheckSample> Checks, IReadOnlyList<RequestSample> Requests, IReadOnlyList<RunEvent> Events)
{
    public static TurnData Of(RunData run, TurnVerdict turn)
    {
        bool isTimed = turn.EndSeconds > turn.BeginSeconds;
        return new TurnData(turn,
            [.. run.Checks.Where(c => Belongs(c.AtSeconds, c.Phase, c.Plan)).OrderBy(c => c.AtSeconds)],
            [.. run.Requests.Where(r => Belongs(r.AtSeconds, r.Phase, r.Plan)).OrderBy(r => r.AtSeconds)],
            [.. run.Events.Where(e => Belongs(e.AtSeconds, e.Phase, e.Plan)).OrderBy(e => e.AtSeconds)]);

        bool Belongs(double at, RunPhase phase, int? plan) =>
            isTimed ? at >= turn.BeginSeconds && at <= turn.EndSeconds && (plan == turn.Plan || phase == RunPhase.Baseline) : plan == turn.Plan;
    }

    /// <summary>The turns of a plan at its own rates, the worst first, then in their order.</summary>
    public static IReadOnlyList<TurnData> Of(RunData run, PlanVerdict plan) =>
        [.. plan.Turns.Where(t => t.RateFactor == 1).OrderByDescending(t => t == plan.Worst).ThenBy(t => t.Turn).Select(t => Of(run, t))];

    /// <summary>Probes while the faults were armed.</summary>
    public IEnumerable<CheckSample> Injected => Checks.Where(c => c.Phase == RunPhase.Inject);

    /// <summary>Requests that ended otherwise than they usually do: than most of the same request did in the baseline, this turn's or the run's.</summary>
    public IEnumerable<RequestSample> Unusual(RunData run)
    {
        RequestSample[] own = [.. Requests.Where(r => r.Phase == RunPhase.Baseline)];
        Dictionary<string, string> usual = (own.Length > 0 ? own : run.Requests.Where(r => r.Phase == RunPhase.Baseline)).GroupBy(r => r.Request)
            .ToDictionary(g => g.Key, g => g.GroupBy(r => r.Outcome).MaxBy(o => o.Count())!.Key, StringComparer.Ordinal);
        return Requests.Where(r => r.Phase != RunPhase.Baseline && usual.TryGetValue(r.Request, out string? outcome) && outcome != r.Outcome);
    }
}
