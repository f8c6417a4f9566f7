using Falter.Model;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>The search for the rate at which a plan's verdict changes: further turns of it, each at the rate that tells most.</summary>
public sealed partial class ExperimentRunner
{
    /// <summary>The next turn of a plan's search; null where it has ended, or the plan has no rate that could be searched.</summary>
    private Turn? NextOfSearch(FaultPlan plan)
    {
        if (PlanRates.Of(plan) is not { } rate || SearchOf(plan, rate).Next is not { } next) return null;
        // A turn that could not be judged tells nothing of the rate; without a limit of their own, such turns would go on for ever.
        int spent = _turns.Count(t => t.Plan == plan.Number);
        if (spent - _definition.Repetitions >= new ThresholdSearchOptions().MostTurns) return null;
        double factor = next / rate;
        // A factor of 1 marks the plan's own turns.
        return new Turn(plan.Number, spent, factor == 1 ? Math.BitIncrement(factor) : factor);
    }

    private RateThreshold? ThresholdOf(FaultPlan plan) => PlanRates.Of(plan) is { } rate ? SearchOf(plan, rate).Threshold : null;

    private ThresholdStep SearchOf(FaultPlan plan, double rate) => ThresholdSearch.After(
        [.. _turns.Where(t => t.Plan == plan.Number && t.Verdict is not (Verdict.NotExercised or Verdict.Unknown)).Select(t => new ThresholdTurn(Math.Min(1, rate * t.RateFactor), t.Verdict >= _definition.FailOn))],
        new ThresholdSearchOptions());
}
