using Falter.Records;

namespace Falter.Model;

/// <summary>Compares each measure of a phase with its baseline.</summary>
internal sealed class Measures(PhaseObservation baseline, JudgeOptions options)
{
    // Blocks of dense series: a tenth of the shorter phase, so that there are enough of them, within these bounds.
    private const double ShortestBlock = EventBlocks.ShortSeconds, LongestBlock = 1;

    public RequestOutcomes Outcomes { get; } = new(baseline);

    /// <summary>The comparisons of one phase, not yet corrected.</summary>
    public IEnumerable<Comparison> Of(PhaseObservation phase, RunPhase name)
    {
        ILookup<string, CheckSample> before = baseline.Checks.ToLookup(c => c.Check), now = phase.Checks.ToLookup(c => c.Check);
        foreach (string check in before.Select(c => c.Key).Where(now.Contains))
        {
            CheckSample[] was = [.. before[check]], became = [.. now[check]];
            yield return Failures(check, was, became, name);
            if (was.Any(c => c.Value is not null)) yield return Value(check, Values(was), Values(became), name);
            else yield return Latency(MeasureKind.Latency, check, PassedLatencies(was), PassedLatencies(became), name, 0);
        }
        if (baseline.Requests.Count == 0) yield break;
        double block = BlockSeconds(phase);
        if (phase.Requests.Count > 0)
        {
            yield return Unusual(phase, name);
            yield return Latency(MeasureKind.RequestLatency, "", UsualLatencies(baseline), UsualLatencies(phase), name, block);
        }
        yield return Goodput(phase, name, block);
    }

    /// <summary>Whether failures of a check would be seen if all probes of the phase failed, with so many comparisons.</summary>
    public bool CouldTell(int probesBefore, int probes, int comparisons) =>
        Proportions.FisherGreater(0, probesBefore, probes, probes, DesignEffect.Assumed) * Math.Max(1, comparisons) < options.Significance;

    private static Comparison Failures(string check, CheckSample[] before, CheckSample[] now, RunPhase phase, double share)
    {
        bool[] failedBefore = [.. before.Select(c => !c.Passed)], failed = [.. now.Select(c => !c.Passed)];
        double effect = DesignEffect.OfFailures(failedBefore, failed);
        return Shares(MeasureKind.Failures, check, $"check {check} failures", phase, (failedBefore.Count(f => f), before.Length), (failed.Count(f => f), now.Length), effect, share);
    }

    private Comparison Failures(string check, CheckSample[] before, CheckSample[] now, RunPhase phase) => Failures(check, before, now, phase, options.ShareDifference);

    private Comparison Unusual(PhaseObservation phase, RunPhase name)
    {
        (double, bool)[] before = [.. baseline.Requests.Select(r => (r.AtSeconds, Outcomes.IsUnusual(r)))], now = [.. phase.Requests.Select(r => (r.AtSeconds, Outcomes.IsUnusual(r)))];
        double effect = EventBlocks.DesignEffect(before, now);
        return Shares(MeasureKind.Unusual, "", "requests unusual", name, (before.Count(r => r.Item2), before.Length), (now.Count(r => r.Item2), now.Length), effect, options.ShareDifference);
    }

    private static Comparison Shares(MeasureKind kind, string subject, string measure, RunPhase phase, (int Events, int All) before, (int Events, int All) now, double designEffect, double matters)
    {
        double was = before.Events / (double)before.All, became = now.Events / (double)now.All;
        (double low, double high) = Proportions.NewcombeDifference(before.Events, before.All, now.Events, now.All, designEffect);
        double p = Proportions.FisherGreater(before.Events, before.All, now.Events, now.All, designEffect);
        return new Comparison(kind, subject, new MeasureEffect(measure, "share", phase, before.All, now.All, was, became, became - was, low, high, p, 1, false), true, became - was >= matters);
    }

    private Comparison Latency(MeasureKind kind, string check, (double At, double Value)[] before, (double At, double Value)[] now, RunPhase phase, double block)
    {
        string measure = kind == MeasureKind.Latency ? $"check {check} latency" : "requests latency";
        Comparison compared = Numbers(kind, check, measure, "ms", phase, before, now, block, r => r.Greater);
        if (!compared.Testable) return compared;
        if (Slower(compared.Effect.BaselineCentre, compared.Effect.Centre)) return compared with { Matters = true };
        // The inspection is too short for its slowest answer to mean anything.
        if (phase == RunPhase.Inspect) return compared;
        (double was, double became) = (Quantiles.Of(before.Select(s => s.Value), 0.99), Quantiles.Of(now.Select(s => s.Value), 0.99));
        return Slower(was, became) ? compared with { Matters = true, Tail = (was, became) } : compared;
    }

    private bool Slower(double was, double became) => became > was * options.LatencyRatio && became - was > options.LatencyMs;

    private Comparison Value(string check, (double At, double Value)[] before, (double At, double Value)[] now, RunPhase phase)
    {
        Comparison compared = Numbers(MeasureKind.Value, check, $"check {check}", "", phase, before, now, 0, r => r.TwoSided);
        if (!compared.Testable) return compared;
        MeasureEffect effect = compared.Effect;
        double moved = Math.Abs(effect.Centre - effect.BaselineCentre), range = before.Max(v => v.Value) - before.Min(v => v.Value);
        return compared with { Matters = Math.Abs(effect.Effect) >= options.ValueDelta && moved > Math.Abs(effect.BaselineCentre) * options.ValueShare && moved > range };
    }

    private Comparison Goodput(PhaseObservation phase, RunPhase name, double block)
    {
        (double At, double Value)[] before = PerBlock(baseline, block), now = PerBlock(phase, block);
        Comparison compared = Numbers(MeasureKind.Goodput, "", "requests goodput", "per s", name, before, now, 0, r => r.Less);
        // Few arrivals in a block have a median of none: the mean is what is meant by requests per second.
        (double was, double became) = (before.Length == 0 ? 0 : before.Average(b => b.Value), now.Length == 0 ? 0 : now.Average(b => b.Value));
        return compared with { Effect = compared.Effect with { BaselineCentre = was, Centre = became }, Matters = compared.Testable && became < was * (1 - options.GoodputShare) };
    }

    private static Comparison Numbers(MeasureKind kind, string subject, string measure, string unit, RunPhase phase, (double At, double Value)[] before, (double At, double Value)[] now, double block,
        Func<RankComparison, double?> tail)
    {
        RankComparison ranks = RankComparison.Of(before, now, block);
        double was = before.Length == 0 ? 0 : Quantiles.Of(before.Select(s => s.Value), 0.5), became = now.Length == 0 ? 0 : Quantiles.Of(now.Select(s => s.Value), 0.5);
        var effect = new MeasureEffect(measure, unit, phase, before.Length, now.Length, was, became, ranks.Delta, ranks.Low, ranks.High, tail(ranks) ?? 1, 1, false);
        return new Comparison(kind, subject, effect, tail(ranks) is not null, false);
    }

    private double BlockSeconds(PhaseObservation phase) => Math.Clamp(Math.Min(baseline.Seconds, phase.Seconds) / 10, ShortestBlock, LongestBlock);

    /// <summary>Requests per second that ended as usual, by block; the last block, which is not whole, is left out.</summary>
    private (double At, double Value)[] PerBlock(PhaseObservation phase, double block)
    {
        double start = phase.FirstSeconds;
        int[] counts = new int[(int)(phase.Seconds / block)];
        foreach (RequestSample request in phase.Requests.Where(r => !Outcomes.IsUnusual(r)))
        {
            int at = (int)((request.AtSeconds - start) / block);
            if (at < counts.Length) counts[at]++;
        }
        return [.. counts.Select((c, i) => (start + i * block, c / block))];
    }

    private static (double, double)[] Values(CheckSample[] probes) => [.. probes.Where(c => c.Value is not null).Select(c => (c.AtSeconds, c.Value!.Value))];

    private static (double, double)[] PassedLatencies(CheckSample[] probes) => [.. probes.Where(c => c.Passed).Select(c => (c.AtSeconds, c.LatencyMs))];

    private (double, double)[] UsualLatencies(PhaseObservation phase) => [.. phase.Requests.Where(r => !Outcomes.IsUnusual(r)).Select(r => (r.AtSeconds, r.LatencyMs))];
}
