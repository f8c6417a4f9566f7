using Falter.Records;

namespace Falter.Model;

/// <summary>From what was seen to a verdict, each with the numbers it rests on. Never a guess: what cannot be told is <c>unknown</c>.</summary>
public static class Judge
{
    /// <summary>The verdict on one turn.</summary>
    public static TurnVerdict Decide(TurnObservation seen, JudgeOptions options)
    {
        var measures = new Measures(seen.Baseline, options);
        IReadOnlyList<Comparison> comparisons = Comparison.Corrected([.. measures.Of(seen.Inject, RunPhase.Inject), .. measures.Of(seen.Inspect, RunPhase.Inspect)], options.Significance);
        var deviations = new Deviations(seen, comparisons, measures.Outcomes);
        var judgement = new Judgement(seen, deviations, measures, options);
        (Verdict verdict, List<Evidence> evidence) = judgement.Weigh();
        evidence.AddRange(Deaths.Tell(seen));
        return new TurnVerdict
        {
            Turn = seen.Turn,
            Plan = seen.Plan.Number,
            Repetition = seen.Repetition,
            Seed = seen.Seed,
            BeginSeconds = seen.BeginSeconds,
            EndSeconds = seen.EndSeconds,
            RateFactor = seen.RateFactor,
            Counts = seen.Counts,
            Verdict = verdict,
            Evidence = evidence,
            Effects = [.. comparisons.Select(c => c.Effect)],
            DeviatedSeconds = judgement.Times.First,
            ReturnedSeconds = judgement.Times.Last,
            Log = LogExcerpts.Around(seen, [judgement.Times.First, seen.Death?.AtSeconds, .. seen.RestartedDeaths.Take(3).Select(d => (double?)d.AtSeconds), judgement.Times.Last]),
            Reactions = ErrnoReactions.Of(seen),
        };
    }
}
