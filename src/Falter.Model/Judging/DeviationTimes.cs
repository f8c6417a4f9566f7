using Falter.Records;

namespace Falter.Model;

/// <summary>When a turn's deviations began and when the last was over.</summary>
/// <param name="First">The first sample that the baseline does not explain, or the first unusual death; null: none.</param>
/// <param name="Last">The last such sample of a system that came back; null: it did not, or there was none.</param>
internal readonly record struct DeviationTimes(double? First, double? Last)
{
    // As many samples as the inspection has of each check: enough for a share to mean something.
    private const int Window = 10;

    /// <summary>The times of all measures that deviate.</summary>
    public static DeviationTimes Of(TurnObservation seen, Deviations deviations, Measures measures, JudgeOptions options, IReadOnlyList<ProcessDeath> deaths, bool cameBack)
    {
        double?[][] bad = [.. deviations.All.Where(c => c.Effect.Deviates).Select(c => (c.Kind, c.Subject)).Distinct().Select(m => Bad(seen, m.Kind, m.Subject, measures, options))];
        double? first = Least([.. bad.SelectMany(b => b), .. deaths.Select(d => (double?)d.AtSeconds)]);
        double? last = cameBack ? Most([.. bad.SelectMany(b => b), .. deaths.Select(d => (double?)d.AtSeconds)]) : null;
        return new DeviationTimes(first, last);
    }

    /// <summary>Samples of a measure after the baseline, each of which stands at the begin or end of a window that the baseline does not explain.</summary>
    private static double?[] Bad(TurnObservation seen, MeasureKind kind, string subject, Measures measures, JudgeOptions options)
    {
        PhaseObservation[] phases = [seen.Inject, seen.Recover, seen.Inspect];
        switch (kind)
        {
            case MeasureKind.Failures:
                return Shares(Probes(seen.Baseline, subject).Select(c => !c.Passed), phases.SelectMany(p => Probes(p, subject)).Select(c => (c.AtSeconds, !c.Passed)));
            case MeasureKind.Unusual:
                return Shares(seen.Baseline.Requests.Select(measures.Outcomes.IsUnusual), phases.SelectMany(p => p.Requests).Select(r => (r.AtSeconds, measures.Outcomes.IsUnusual(r))));
            case MeasureKind.Latency:
                return Slow(Probes(seen.Baseline, subject).Where(c => c.Passed).Select(c => c.LatencyMs), phases.SelectMany(p => Probes(p, subject)).Where(c => c.Passed).Select(c => (c.AtSeconds, c.LatencyMs)), options);
            case MeasureKind.RequestLatency:
                return Slow(seen.Baseline.Requests.Where(r => !measures.Outcomes.IsUnusual(r)).Select(r => r.LatencyMs),
                    phases.SelectMany(p => p.Requests).Where(r => !measures.Outcomes.IsUnusual(r)).Select(r => (r.AtSeconds, r.LatencyMs)), options);
            case MeasureKind.Value:
                double[] before = [.. Probes(seen.Baseline, subject).Select(c => c.Value).OfType<double>()];
                return [.. phases.SelectMany(p => Probes(p, subject)).Where(c => c.Value is { } v && (v < before.Min() || v > before.Max())).Select(c => (double?)c.AtSeconds)];
            default:
                // Goodput has no sample of its own: what lowers it is seen in the others.
                return [];
        }
    }

    private static double?[] Shares(IEnumerable<bool> before, IEnumerable<(double At, bool Failed)> after)
    {
        bool[] was = [.. before];
        (double At, bool Failed)[] samples = [.. after];
        double most = Proportions.Wilson(was.Count(f => f), was.Length).High;
        bool Explained(int from) => samples[Math.Max(0, from)..Math.Min(samples.Length, from + Window)].Count(s => s.Failed) <= most * Window;
        bool usual = was.Any(f => f);
        return [.. Enumerable.Range(0, samples.Length).Where(i => samples[i].Failed && !(usual && Explained(i) && Explained(i - Window + 1))).Select(i => (double?)samples[i].At)];
    }

    /// <summary>The slow samples of the windows whose median, or a tenth of whose samples, is slower than the baseline's slowest, by what matters.</summary>
    private static double?[] Slow(IEnumerable<double> before, IEnumerable<(double At, double Ms)> after, JudgeOptions options)
    {
        double[] was = [.. before];
        if (was.Length == 0) return [];
        double usual = Quantiles.Of(was, 0.5), limit = Math.Max(usual * options.LatencyRatio, usual + options.LatencyMs);
        (double At, double Ms)[] samples = [.. after];
        double exceeding = Proportions.Wilson(was.Count(ms => ms > limit), was.Length).High;
        bool Explained(int from) => samples[Math.Max(0, from)..Math.Min(samples.Length, from + Window)].Count(s => s.Ms > limit) <= Math.Max(1, exceeding * Window);
        return [.. Enumerable.Range(0, samples.Length).Where(i => samples[i].Ms > limit && !(Explained(i) && Explained(i - Window + 1))).Select(i => (double?)samples[i].At)];
    }

    private static IEnumerable<CheckSample> Probes(PhaseObservation phase, string check) => phase.Checks.Where(c => c.Check == check);

    private static double? Least(IReadOnlyList<double?> times) => times.Min();

    private static double? Most(IReadOnlyList<double?> times) => times.Max();
}
