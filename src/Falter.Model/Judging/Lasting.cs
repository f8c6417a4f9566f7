using System.Globalization;
using Falter.Records;

namespace Falter.Model;

/// <summary>Harm that is still there in the inspection, with nothing injected.</summary>
internal static class Lasting
{
    /// <summary>How a round of the workload ends whose content came back wrong (<see cref="RoundWorkloadDefinition"/>).</summary>
    public const string ValidationFailed = "validation-failed";

    // Where so many requests are expected and none comes, chance is out of the question: e^-7 is less than one in a thousand.
    private const double LeastExpected = 7;

    /// <summary>The evidence; empty where there is none.</summary>
    public static List<Evidence> Of(TurnObservation seen, Deviations deviations, JudgeOptions options)
    {
        List<Evidence> evidence = [.. deviations.In(RunPhase.Inspect).Where(c => c.IsHarm).Select(deviations.Tell)];
        if (WrongContent(seen, options) is { } wrong) evidence.Add(wrong);
        if (NoProgress(seen) is { } standstill) evidence.Add(standstill);
        return evidence;
    }

    /// <summary>Whether the system is alive and no longer answers: one that answers, but wrongly, has come to harm.</summary>
    public static bool IsSilent(TurnObservation seen, Deviations deviations, JudgeOptions options) =>
        NoProgress(seen) is not null || deviations.In(RunPhase.Inspect).Any(c => c.Kind switch
        {
            MeasureKind.Failures => seen.Inspect.Checks.Where(p => p.Check == c.Subject).All(p => !p.Answered) && seen.Baseline.Checks.Any(p => p.Check == c.Subject && p.Answered),
            MeasureKind.Unusual => seen.Inspect.Requests.Count >= options.MinimumProbes && seen.Inspect.Requests.All(r => r.Outcome == "timeout"),
            _ => false,
        });

    // What was stored wrongly stays wrong: twice, or again after it was seen under injection, is no chance where the baseline never had it.
    private static Evidence? WrongContent(TurnObservation seen, JudgeOptions options)
    {
        if (seen.Baseline.Requests.Count < options.MinimumProbes || Wrong(seen.Baseline).Any()) return null;
        RequestSample[] after = [.. Wrong(seen.Inspect)];
        int earlier = Wrong(seen.Inject).Count() + Wrong(seen.Recover).Count();
        if (after.Length == 0 || after.Length + earlier < 2) return null;
        return new Evidence(after[0].AtSeconds,
            $"Validation failed in {after.Length} of {seen.Inspect.Requests.Count} rounds {Deviations.AfterRecovery}, and in {earlier} before (baseline 0 of {seen.Baseline.Requests.Count}): what was stored is wrong.");
    }

    private static IEnumerable<RequestSample> Wrong(PhaseObservation phase) => phase.Requests.Where(r => r.Outcome == ValidationFailed);

    /// <summary>
    /// A workload that came to a standstill while faults were injected and never went on. One that only is silent after the injection may have been stopped; an open loop never is silent, for it
    /// counts what times out.
    /// </summary>
    private static Evidence? NoProgress(TurnObservation seen)
    {
        if (seen.Inspect.Requests.Count + seen.Recover.Requests.Count > 0 || seen.Baseline.Seconds <= 0) return null;
        double perSecond = seen.Baseline.Requests.Count / seen.Baseline.Seconds, last = seen.Inject.Requests.Count > 0 ? seen.Inject.Requests[^1].AtSeconds : seen.Inject.FirstSeconds;
        double silent = seen.Inject.FirstSeconds + seen.Inject.Seconds - last;
        if (perSecond * Math.Min(silent, seen.Inspect.Seconds) < LeastExpected) return null;
        return new Evidence(last, string.Create(CultureInfo.InvariantCulture,
            $"No request ended in the last {silent:0.0} s of the injection and in {seen.Inspect.Seconds:0.0} s {Deviations.AfterRecovery} (baseline {perSecond:0.#} per second): the workload makes no progress."));
    }
}
