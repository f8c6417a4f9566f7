using System.Globalization;
using Falter.Records;

namespace Falter.Model;

/// <summary>From what was seen to a verdict, each with the numbers it rests on. Never a guess: what cannot be told is <c>unknown</c>.</summary>
public static class Judge
{
    /// <summary>The verdict on one turn.</summary>
    public static TurnVerdict Decide(TurnObservation seen, JudgeOptions options)
    {
        (Verdict verdict, List<Evidence> evidence) = Weigh(seen, options);
        evidence.AddRange(Deaths(seen));
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
        };
    }

    private static (Verdict Verdict, List<Evidence> Evidence) Weigh(TurnObservation seen, JudgeOptions options)
    {
        if (seen.Death is { } death) return Died(seen, death);
        if (seen.InjectorFailure is { } failure) return (Verdict.Unknown, [new Evidence(null, $"The injector gave up: {failure}.")]);
        if (seen.Injected == 0)
        {
            return (Verdict.NotExercised, [new Evidence(null, $"Nothing was injected: {seen.Matched} calls met {seen.Plan.Name} while armed. Nothing was learned.")]);
        }
        if (WhyUnknown(seen, options) is { } unknown) return (Verdict.Unknown, [new Evidence(null, unknown)]);

        var deviations = new Deviations(seen.Baseline, options);
        List<Evidence> lasting = Lasting(seen, deviations);
        if (lasting.Count > 0)
        {
            // A target that gives no answer at all hangs; one that answers, but wrongly, has come to harm.
            bool silent = seen.Inspect.Checks.All(c => !c.Answered);
            return (silent ? Verdict.Hung : Verdict.Corrupted, [.. lasting, .. WhileInjecting(seen, deviations)]);
        }
        List<Evidence> passing = WhileInjecting(seen, deviations), slow = StillSlow(seen, deviations);
        // A worker that died has taken its connections with it, whether or not a probe was among them.
        if (passing.Count == 0 && !seen.ChildDeaths.Any(d => IsUnusual(seen, d))) return (Verdict.Resilient, [Unharmed(seen, deviations), .. slow]);
        if (slow.Count == 0) slow.Add(Return(seen, deviations));
        return (Verdict.Degraded, [.. passing, .. slow]);
    }

    private static (Verdict, List<Evidence>) Died(TurnObservation seen, ProcessDeath death) => seen.Injected > 0
        ? (Verdict.Crashed, [new Evidence(death.AtSeconds, $"The target died: {death.How}, after {seen.Plan.Name} had been injected {seen.Injected} times ({seen.Matched} calls matched).")])
        : (Verdict.Unknown, [new Evidence(death.AtSeconds, $"The target died ({death.How}), but nothing had been injected.")]);

    private static string? WhyUnknown(TurnObservation seen, JudgeOptions options)
    {
        string[] checks = [.. seen.Baseline.Checks.Concat(seen.Inspect.Checks).Select(c => c.Check).Distinct()];
        if (checks.Length == 0) return "No check was probed.";
        foreach (string check in checks)
        {
            int before = seen.Baseline.Checks.Count(c => c.Check == check), after = seen.Inspect.Checks.Count(c => c.Check == check);
            if (before < options.MinimumProbes) return $"Check {check} was probed {before} times in the baseline; at least {options.MinimumProbes} are needed.";
            if (after < options.MinimumProbes) return $"Check {check} was probed {after} times in the inspection; at least {options.MinimumProbes} are needed.";
            int failed = seen.Baseline.Checks.Count(c => c.Check == check && !c.Passed);
            if (failed * 2 > before) return $"Check {check} failed {failed} of {before} times in the baseline already: there is no steady state to compare with.";
        }
        return null;
    }

    private static List<Evidence> Lasting(TurnObservation seen, Deviations deviations) =>
    [
        .. deviations.OfChecks(seen.Inspect, "after recovery, with nothing injected"),
        .. deviations.OfRequests(seen.Inspect, "after recovery, with nothing injected"),
    ];

    // Told, and it forbids to say "back to the baseline", but makes no verdict worse: a machine that became busy shows the same. Medians only: the
    // inspection is too short for its slowest answer to mean anything.
    private static List<Evidence> StillSlow(TurnObservation seen, Deviations deviations) =>
        [.. deviations.OfLatency(seen.Inspect, "after recovery, with nothing injected", mediansOnly: true)];

    // A process that the same signal ended in the baseline too has not died of the injection.
    private static bool IsUnusual(TurnObservation seen, ProcessDeath death) => !seen.UsualChildDeaths.Any(d => d.Process == death.Process && d.How == death.How);

    private static IEnumerable<Evidence> Deaths(TurnObservation seen) => seen.ChildDeaths.GroupBy(d => (d.Process, d.How)).Select(kind =>
    {
        string usual = IsUnusual(seen, kind.First()) ? "" : ", as in the baseline";
        string count = kind.Count() == 1 ? "A process of the target died" : $"{kind.Count()} processes of the target died";
        return new Evidence(kind.Min(d => d.AtSeconds), $"{count}: {kind.Key.Process}, {kind.Key.How}{usual}.");
    });

    private static List<Evidence> WhileInjecting(TurnObservation seen, Deviations deviations) =>
    [
        .. deviations.OfChecks(seen.Inject, "while errors were injected"),
        .. deviations.OfRequests(seen.Inject, "while errors were injected"),
        .. deviations.OfLatency(seen.Inject, "while errors were injected"),
    ];

    private static Evidence Unharmed(TurnObservation seen, Deviations deviations)
    {
        int failed = seen.Inject.Checks.Count(c => !c.Passed), unusual = seen.Inject.Requests.Count(deviations.IsUnusual);
        string requests = seen.Inject.Requests.Count == 0 ? "" : $" and {seen.Inject.Requests.Count - unusual} of {seen.Inject.Requests.Count} requests as usual";
        string some = failed + unusual == 0 ? "" : ", which the baseline's own variation may explain";
        return new Evidence(null, $"{seen.Inject.Checks.Count - failed} of {seen.Inject.Checks.Count} checks passed{requests} while {seen.Injected} of {seen.Matched} calls were failed{some}.");
    }

    private static Evidence Return(TurnObservation seen, Deviations deviations)
    {
        double? last = Latest(seen.Recover.Checks.Where(c => !c.Passed).Select(c => c.AtSeconds).Concat(seen.Recover.Requests.Where(deviations.IsUnusual).Select(r => r.AtSeconds)));
        double? first = seen.Recover.Checks.Select(c => (double?)c.AtSeconds).FirstOrDefault();
        if (last is null || first is null) return new Evidence(first, "Back to the baseline as soon as the injection had ended.");
        return new Evidence(last, string.Create(CultureInfo.InvariantCulture, $"Back to the baseline {Math.Max(0, last.Value - first.Value):0.0} s after the injection had ended."));
    }

    private static double? Latest(IEnumerable<double> times) => times.Select(t => (double?)t).Max();
}
