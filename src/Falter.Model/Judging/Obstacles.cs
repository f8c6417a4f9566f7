using Falter.Records;

namespace Falter.Model;

/// <summary>Why a turn cannot be judged.</summary>
internal static class Obstacles
{
    /// <summary>The first obstacle in words; null where there is none.</summary>
    public static string? Of(TurnObservation seen, IReadOnlyList<Comparison> comparisons, Measures measures, JudgeOptions options)
    {
        string[] checks = [.. seen.Baseline.Checks.Concat(seen.Inject.Checks).Concat(seen.Inspect.Checks).Select(c => c.Check).Distinct()];
        if (checks.Length == 0) return "No check was probed.";
        int tested = comparisons.Count(c => c.Testable);
        return checks.Select(c => OfCheck(seen, c, tested, measures, options)).FirstOrDefault(o => o is not null);
    }

    private static string? OfCheck(TurnObservation seen, string check, int comparisons, Measures measures, JudgeOptions options)
    {
        int before = Count(seen.Baseline, check), during = Count(seen.Inject, check), after = Count(seen.Inspect, check);
        if (before < options.MinimumProbes) return $"Check {check} was probed {before} times in the baseline; at least {options.MinimumProbes} are needed.";
        // A stop rule ends the injection when it has seen enough.
        if (during < options.MinimumProbes && seen.Stopped is null) return $"Check {check} was probed {during} times in the injection; at least {options.MinimumProbes} are needed.";
        if (after < options.MinimumProbes) return $"Check {check} was probed {after} times in the inspection; at least {options.MinimumProbes} are needed.";
        int failed = seen.Baseline.Checks.Count(c => c.Check == check && !c.Passed);
        if (failed * 2 > before) return $"Check {check} failed {failed} of {before} times in the baseline already: there is no steady state to compare with.";
        int fewest = seen.Stopped is null ? Math.Min(during, after) : after;
        if (measures.CouldTell(before, fewest, comparisons)) return null;
        return $"Check {check} was probed {before} times in the baseline and {fewest} times in {(fewest == after ? "the inspection" : "the injection")}: with {comparisons} comparisons not even the failure of all would be told from chance.";
    }

    private static int Count(PhaseObservation phase, string check) => phase.Checks.Count(c => c.Check == check);
}
