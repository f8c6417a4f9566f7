using Falter.Model;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>Whether a baseline that goes on is worth waiting for. The baseline as a whole is judged by <see cref="BaselineJudge"/>.</summary>
public static class SteadyState
{
    // Fewer probes say nothing of a check: what judges a turn asks for as many.
    private static readonly int s_least = new JudgeOptions().MinimumProbes;

    /// <summary>A check that has done nothing but fail so far; null: none.</summary>
    /// <param name="baseline">What was seen of it so far.</param>
    public static string? WhyHopeless(PhaseObservation baseline)
    {
        foreach (IGrouping<string, CheckSample> check in baseline.Checks.GroupBy(c => c.Check))
        {
            int count = check.Count();
            if (count >= s_least && check.All(c => !c.Passed)) return $"Check {check.Key} failed {count} of {count} times in the baseline, before anything was injected; last: {check.Last().Detail}.";
        }
        return null;
    }
}
