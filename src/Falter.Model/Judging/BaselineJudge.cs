using System.Globalization;
using Falter.Records;

namespace Falter.Model;

/// <summary>Whether a baseline can be compared with.</summary>
public enum BaselineSteadiness
{
    /// <summary>Nothing speaks against it.</summary>
    Steady,

    /// <summary>Its halves differ, a measure rises or falls all the time, or a check fails now and then: deviations must be larger to be seen, and drift may be taken for the fault's doing.</summary>
    Unsteady,

    /// <summary>A check fails most of the time, or there are too few probes: nothing can be compared with it.</summary>
    Invalid,
}

/// <summary>What was found of a baseline.</summary>
/// <param name="Steadiness">The result.</param>
/// <param name="Evidence">What speaks against it, with numbers; empty where it is steady.</param>
/// <param name="Effects">The second half compared with the first, measure by measure.</param>
public sealed record BaselineVerdict(BaselineSteadiness Steadiness, IReadOnlyList<Evidence> Evidence, IReadOnlyList<MeasureEffect> Effects);

/// <summary>Judges the steady state itself, before anything is compared with it.</summary>
public static class BaselineJudge
{
    // One probe in ten: a check that fails so often by itself hides what a fault adds to it.
    private const double MostFailures = 0.1;

    private const string SecondHalf = "in the second half of the baseline";

    /// <summary>The verdict on a baseline.</summary>
    /// <param name="baseline">The phase.</param>
    /// <param name="options">The constants of the verdict on turns, which are those of halves too.</param>
    public static BaselineVerdict Decide(PhaseObservation baseline, JudgeOptions options)
    {
        Evidence[] invalid = [.. Invalid(baseline, options)];
        if (invalid.Length > 0) return new BaselineVerdict(BaselineSteadiness.Invalid, invalid, []);
        double middle = baseline.FirstSeconds + baseline.Seconds / 2;
        PhaseObservation first = Part(baseline, at => at < middle), second = Part(baseline, at => at >= middle);
        IReadOnlyList<Comparison> halves = [.. Comparison.Corrected([.. new Measures(first, options).Of(second, RunPhase.Baseline), .. Mirrored(first, second, options)], options.Significance)];
        Evidence[] unsteady = [.. Failing(baseline), .. halves.Where(c => c.Effect.Deviates).Select(Tell), .. Trends(baseline, options)];
        return new BaselineVerdict(unsteady.Length > 0 ? BaselineSteadiness.Unsteady : BaselineSteadiness.Steady, unsteady, [.. halves.Where(c => !c.Effect.Measure.StartsWith(FirstHalf, StringComparison.Ordinal)).Select(c => c.Effect)]);
    }

    private const string FirstHalf = "first half: ";

    /// <summary>The tests look for what got worse; what got better is as unsteady, and is found by looking from the second half to the first.</summary>
    private static IEnumerable<Comparison> Mirrored(PhaseObservation first, PhaseObservation second, JudgeOptions options) =>
        new Measures(second, options).Of(first, RunPhase.Baseline).Where(c => c.Kind != MeasureKind.Value).Select(c => c with { Effect = c.Effect with { Measure = FirstHalf + c.Effect.Measure } });

    private static IEnumerable<Evidence> Invalid(PhaseObservation baseline, JudgeOptions options)
    {
        if (baseline.Checks.Count == 0) yield return new Evidence(null, "No check was probed in the baseline.");
        foreach (IGrouping<string, CheckSample> check in baseline.Checks.GroupBy(c => c.Check))
        {
            int all = check.Count(), failed = check.Count(c => !c.Passed);
            if (all < options.MinimumProbes) yield return new Evidence(null, $"Check {check.Key} was probed {all} times in the baseline; at least {options.MinimumProbes} are needed.");
            if (failed * 2 > all) yield return new Evidence(check.First(c => !c.Passed).AtSeconds, $"Check {check.Key} failed {failed} of {all} times in the baseline; first: {check.First(c => !c.Passed).Detail}.");
        }
    }

    private static IEnumerable<Evidence> Failing(PhaseObservation baseline) =>
        from check in baseline.Checks.GroupBy(c => c.Check)
        let failed = check.Where(c => !c.Passed).ToList()
        where failed.Count > check.Count() * MostFailures
        select new Evidence(failed[0].AtSeconds, $"Check {check.Key} failed {failed.Count} of {check.Count()} times in the baseline; first: {failed[0].Detail}.");

    private static Evidence Tell(Comparison one)
    {
        MeasureEffect effect = one.Effect;
        bool mirrored = effect.Measure.StartsWith(FirstHalf, StringComparison.Ordinal);
        string measure = mirrored ? effect.Measure[FirstHalf.Length..] : effect.Measure;
        (double first, double second) = mirrored ? (effect.Centre, effect.BaselineCentre) : (effect.BaselineCentre, effect.Centre);
        (string, double, double) told = one.Tail is { } tail ? ("99th percentile ", mirrored ? tail.Now : tail.Before, mirrored ? tail.Before : tail.Now) : ("", first, second);
        return new Evidence(null, string.Create(CultureInfo.InvariantCulture,
            $"{measure} {SecondHalf}: {told.Item1}{told.Item3:0.###} {effect.Unit}, first half {told.Item2:0.###} {effect.Unit} (n = {(mirrored ? effect.BaselineCount : effect.Count)} and {(mirrored ? effect.Count : effect.BaselineCount)}; p = {effect.AdjustedP:0.####})."));
    }

    /// <summary>Latencies and values that rise or fall through the whole baseline by what would matter.</summary>
    private static IEnumerable<Evidence> Trends(PhaseObservation baseline, JudgeOptions options)
    {
        foreach (IGrouping<string, CheckSample> check in baseline.Checks.GroupBy(c => c.Check))
        {
            bool measures = check.Any(c => c.Value is not null);
            (double At, double Value)[] series = measures ? [.. check.Where(c => c.Value is not null).Select(c => (c.AtSeconds, c.Value!.Value))] : [.. check.Where(c => c.Passed).Select(c => (c.AtSeconds, c.LatencyMs))];
            if (MannKendall.Of(series) is not { } trend || trend.P >= options.Significance) continue;
            double median = Quantiles.Of(series.Select(s => s.Value), 0.5), moved = Math.Abs(trend.PerSecond) * (series[^1].At - series[0].At);
            bool matters = measures ? moved > Math.Abs(median) * options.ValueShare : moved > median * (options.LatencyRatio - 1) && moved > options.LatencyMs;
            if (!matters) continue;
            yield return new Evidence(null, string.Create(CultureInfo.InvariantCulture,
                $"Check {check.Key}{(measures ? "" : " latency")} {(trend.PerSecond > 0 ? "rises" : "falls")} through the baseline by {Math.Abs(trend.PerSecond):0.####}{(measures ? "" : " ms")} a second (median {median:0.###}; n = {series.Length}; p = {trend.P:0.####})."));
        }
    }

    private static PhaseObservation Part(PhaseObservation phase, Func<double, bool> within) =>
        new([.. phase.Checks.Where(c => within(c.AtSeconds))], [.. phase.Requests.Where(r => within(r.AtSeconds))]);
}
