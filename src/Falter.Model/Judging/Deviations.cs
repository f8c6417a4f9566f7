using System.Globalization;
using Falter.Records;

namespace Falter.Model;

/// <summary>Deviations as evidence, each with its numbers.</summary>
internal sealed class Deviations(TurnObservation seen, IReadOnlyList<Comparison> comparisons, RequestOutcomes outcomes)
{
    public const string WhileInjecting = "while errors were injected", AfterRecovery = "after recovery, with nothing injected";

    public IReadOnlyList<Comparison> All => comparisons;

    /// <summary>The deviations of a phase: failures first.</summary>
    public IEnumerable<Comparison> In(RunPhase phase) => comparisons.Where(c => c.Effect.Phase == phase && c.Effect.Deviates).OrderBy(c => c.Kind switch
    {
        MeasureKind.Failures => 0,
        MeasureKind.Unusual => 1,
        MeasureKind.Latency => 2,
        MeasureKind.RequestLatency => 3,
        MeasureKind.Goodput => 4,
        _ => 5,
    });

    /// <summary>A deviation in words.</summary>
    public Evidence Tell(Comparison one)
    {
        (PhaseObservation phase, string during) = one.Effect.Phase == RunPhase.Inspect ? (seen.Inspect, AfterRecovery) : (seen.Inject, WhileInjecting);
        return one.Kind switch
        {
            MeasureKind.Failures => OfFailures(one, phase, during),
            MeasureKind.Unusual => OfRequests(one, phase, during),
            MeasureKind.Latency => OfLatency($"Check {one.Subject}", one, during),
            MeasureKind.RequestLatency => OfLatency("Requests", one, during),
            MeasureKind.Goodput => OfGoodput(one.Effect, during),
            _ => OfValue(one, during),
        };
    }

    private static Evidence OfFailures(Comparison one, PhaseObservation phase, string during)
    {
        CheckSample[] failed = [.. phase.Checks.Where(c => c.Check == one.Subject && !c.Passed)];
        MeasureEffect effect = one.Effect;
        return new Evidence(failed[0].AtSeconds, string.Create(CultureInfo.InvariantCulture,
            $"Check {one.Subject} failed {failed.Length} of {effect.Count} times {during} (baseline {Events(effect)} of {effect.BaselineCount}; {Chance(effect)}); first: {failed[0].Detail}."));
    }

    private Evidence OfRequests(Comparison one, PhaseObservation phase, string during)
    {
        RequestSample[] unusual = [.. phase.Requests.Where(outcomes.IsUnusual)];
        string most = string.Join(", ", unusual.GroupBy(r => (r.Request, r.Outcome)).OrderByDescending(g => g.Count()).Take(3)
            .Select(g => $"{g.Count()} × {g.Key.Request} gave {g.Key.Outcome} instead of {outcomes.Usual(g.First())}"));
        MeasureEffect effect = one.Effect;
        return new Evidence(unusual[0].AtSeconds,
            $"{unusual.Length} of {effect.Count} requests ended otherwise than usual {during} (baseline {Events(effect)} of {effect.BaselineCount}; {Chance(effect)}): {most}.");
    }

    private static Evidence OfLatency(string what, Comparison one, string during)
    {
        MeasureEffect effect = one.Effect;
        (string name, double was, double became) = one.Tail is { } tail ? ("99th percentile", tail.Before, tail.Now) : ("median", effect.BaselineCentre, effect.Centre);
        return new Evidence(null, string.Create(CultureInfo.InvariantCulture,
            $"{what} took longer {during}: {name} {became:0.#} ms, baseline {was:0.#} ms (n = {effect.Count} and {effect.BaselineCount}; {Delta(effect)}; {Chance(effect)})."));
    }

    private static Evidence OfGoodput(MeasureEffect effect, string during) => new(null, string.Create(CultureInfo.InvariantCulture,
        $"Fewer requests ended as usual {during}: {effect.Centre:0.##} per second, baseline {effect.BaselineCentre:0.##} per second (n = {effect.Count} and {effect.BaselineCount}; {Delta(effect)}; {Chance(effect)})."));

    private static Evidence OfValue(Comparison one, string during)
    {
        MeasureEffect effect = one.Effect;
        return new Evidence(null, string.Create(CultureInfo.InvariantCulture,
            $"Check {one.Subject} measured {(effect.Effect > 0 ? "more" : "less")} {during}: median {effect.Centre:0.###}, baseline {effect.BaselineCentre:0.###} (n = {effect.Count} and {effect.BaselineCount}; {Delta(effect)}; {Chance(effect)})."));
    }

    private static int Events(MeasureEffect effect) => (int)Math.Round(effect.BaselineCentre * effect.BaselineCount);

    private static string Delta(MeasureEffect effect) => string.Create(CultureInfo.InvariantCulture, $"Cliff's delta {effect.Effect:0.##}, {effect.EffectLow:0.##} to {effect.EffectHigh:0.##}");

    private static string Chance(MeasureEffect effect) => effect.AdjustedP < 0.0001 ? "p < 0.0001" : string.Create(CultureInfo.InvariantCulture, $"p = {effect.AdjustedP:0.####}");
}
