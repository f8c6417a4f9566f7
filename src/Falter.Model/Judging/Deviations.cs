using System.Globalization;
using Falter.Records;

namespace Falter.Model;

/// <summary>Compares a phase of a plan with the baseline, measure by measure; each deviation is told with its numbers.</summary>
internal sealed class Deviations
{
    private readonly PhaseObservation _baseline;
    private readonly JudgeOptions _options;
    private readonly Dictionary<string, string> _usual;

    public Deviations(PhaseObservation baseline, JudgeOptions options)
    {
        _baseline = baseline;
        _options = options;
        // What a request usually gives is its own measure: a page that is missing by nature answers 404 and has not failed.
        _usual = baseline.Requests.GroupBy(r => r.Request)
            .ToDictionary(g => g.Key, g => g.GroupBy(r => r.Outcome).MaxBy(o => o.Count())!.Key, StringComparer.Ordinal);
    }

    /// <summary>Whether a request ended otherwise than usual; one that the baseline never saw cannot be told.</summary>
    public bool IsUnusual(RequestSample request) => _usual.TryGetValue(request.Request, out string? usual) && request.Outcome != usual;

    /// <summary>Checks that failed significantly more often than in the baseline.</summary>
    public IEnumerable<Evidence> OfChecks(PhaseObservation phase, string during)
    {
        foreach (IGrouping<string, CheckSample> check in phase.Checks.GroupBy(c => c.Check))
        {
            CheckSample[] before = [.. _baseline.Checks.Where(c => c.Check == check.Key)];
            CheckSample[] failed = [.. check.Where(c => !c.Passed)];
            int failedBefore = before.Count(c => !c.Passed);
            double p = Proportions.FisherGreater(failedBefore, before.Length, failed.Length, check.Count());
            if (p >= _options.Significance) continue;
            yield return new Evidence(failed[0].AtSeconds,
                $"Check {check.Key} failed {failed.Length} of {check.Count()} times {during} (baseline {failedBefore} of {before.Length}; {Chance(p)}); first: {failed[0].Detail}.");
        }
    }

    /// <summary>Requests that ended otherwise than usual significantly more often than in the baseline.</summary>
    public IEnumerable<Evidence> OfRequests(PhaseObservation phase, string during)
    {
        RequestSample[] unusual = [.. phase.Requests.Where(IsUnusual)];
        int before = _baseline.Requests.Count(IsUnusual);
        double p = Proportions.FisherGreater(before, _baseline.Requests.Count, unusual.Length, phase.Requests.Count);
        if (p >= _options.Significance) yield break;
        string most = string.Join(", ", unusual.GroupBy(r => (r.Request, r.Outcome)).OrderByDescending(g => g.Count()).Take(3)
            .Select(g => $"{g.Count()} × {g.Key.Request} gave {g.Key.Outcome} instead of {_usual[g.Key.Request]}"));
        yield return new Evidence(unusual[0].AtSeconds,
            $"{unusual.Length} of {phase.Requests.Count} requests ended otherwise than usual {during} (baseline {before} of {_baseline.Requests.Count}; {Chance(p)}): {most}.");
    }

    /// <summary>Checks and requests that took significantly and considerably longer than in the baseline.</summary>
    public IEnumerable<Evidence> OfLatency(PhaseObservation phase, string during, bool mediansOnly = false)
    {
        foreach (IGrouping<string, CheckSample> check in phase.Checks.GroupBy(c => c.Check))
        {
            double[] before = [.. _baseline.Checks.Where(c => c.Check == check.Key && c.Passed).Select(c => c.LatencyMs)];
            if (Slower($"Check {check.Key}", before, [.. check.Where(c => c.Passed).Select(c => c.LatencyMs)], during, mediansOnly) is { } slower) yield return slower;
        }
        double[] usual = [.. phase.Requests.Where(r => !IsUnusual(r)).Select(r => r.LatencyMs)];
        if (Slower("Requests", [.. _baseline.Requests.Where(r => !IsUnusual(r)).Select(r => r.LatencyMs)], usual, during, mediansOnly) is { } slow) yield return slow;
    }

    private Evidence? Slower(string what, double[] before, double[] now, string during, bool medianOnly)
    {
        if (MannWhitney.Greater(before, now) is not { } p || p >= _options.Significance) return null;
        (double, string)[] quantiles = medianOnly ? [(0.5, "median")] : [(0.5, "median"), (0.99, "99th percentile")];
        foreach ((double quantile, string name) in quantiles)
        {
            (double was, double became) = (Quantiles.Of(before, quantile), Quantiles.Of(now, quantile));
            if (became > was * _options.LatencyRatio && became - was > _options.LatencyMs)
            {
                return new Evidence(null, string.Create(CultureInfo.InvariantCulture,
                    $"{what} took longer {during}: {name} {became:0.#} ms, baseline {was:0.#} ms (n = {now.Length} and {before.Length}; {Chance(p)})."));
            }
        }
        return null;
    }

    private static string Chance(double p) => p < 0.0001 ? "p < 0.0001" : string.Create(CultureInfo.InvariantCulture, $"p = {p:0.####}");
}
