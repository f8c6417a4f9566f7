using System.Globalization;
using Falter.Records;

namespace Falter.Model;

/// <summary>Weighs what deviates: from the worst that could be said to the best.</summary>
internal sealed class Judgement(TurnObservation seen, Deviations deviations, Measures measures, JudgeOptions options)
{
    private readonly List<Evidence> _lasting = Lasting.Of(seen, deviations, options);
    private readonly IReadOnlyList<ProcessDeath> _restarted = Deaths.Restarted(seen), _children = Deaths.Children(seen);

    /// <summary>When it first deviated and when that was over.</summary>
    public DeviationTimes Times => field = field == default ? DeviationTimes.Of(seen, deviations, measures, options, Died, CameBack) : field;

    /// <summary>Verdict and evidence, without the deaths that did not decide it.</summary>
    public (Verdict Verdict, List<Evidence> Evidence) Weigh()
    {
        if (seen.Death is { } death) return OfDeath(death);
        if (_restarted.Count > 0 && seen.Injected > 0) return OfRestarts();
        if (seen.InjectorFailure is { } failure) return (Verdict.Unknown, [new Evidence(null, $"The injector gave up: {failure}."), .. _lasting, .. WhileInjecting()]);
        if (seen.Injected == 0) return OfNothing();
        List<Evidence> passing = WhileInjecting();
        if (Obstacles.Of(seen, deviations.All, measures, options) is { } obstacle) return (Verdict.Unknown, [new Evidence(null, obstacle), .. _lasting, .. passing, .. Lost()]);
        if (_lasting.Count > 0) return (Lasting.IsSilent(seen, deviations, options) ? Verdict.Hung : Verdict.Corrupted, [.. _lasting, .. passing, .. Lost()]);
        return OfPassing(passing);
    }

    private string HowOften => $"{(seen.Injected == 1 ? "once" : $"{seen.Injected} times")}{(seen.Matched > 0 ? $" ({seen.Matched} calls matched)" : "")}";

    private (Verdict, List<Evidence>) OfDeath(ProcessDeath death) => seen.Injected > 0
        ? (Verdict.Crashed, [new Evidence(death.AtSeconds, $"The target died: {death.How}, after {seen.Plan.Name} had been injected {HowOften}."), .. WhileInjecting()])
        : (Verdict.Unknown, [new Evidence(death.AtSeconds, $"The target died ({death.How}), but nothing had been injected.")]);

    private (Verdict, List<Evidence>) OfRestarts()
    {
        ProcessDeath first = _restarted.MinBy(d => d.AtSeconds)!;
        string died = $"The target died: {first.Process}, {first.How}, while {seen.Plan.Name} was injected {HowOften}; its restart rule started it again.";
        List<Evidence> evidence = [new Evidence(first.AtSeconds, died), .. _lasting, .. WhileInjecting()];
        if (CameBack) evidence.Add(Return());
        return (Verdict.Crashed, evidence);
    }

    private (Verdict, List<Evidence>) OfNothing()
    {
        if (seen.LostEvents > 0) return (Verdict.Unknown, [new Evidence(null, $"Nothing was seen to be injected, but {seen.LostEvents} events were lost: whether {seen.Plan.Name} fired cannot be told.")]);
        return (Verdict.NotExercised, [new Evidence(null, $"Nothing was injected: {seen.Matched} calls met {seen.Plan.Name} while armed. Nothing was learned.")]);
    }

    private (Verdict, List<Evidence>) OfPassing(List<Evidence> passing)
    {
        List<Evidence> slow = [.. deviations.In(RunPhase.Inspect).Where(c => !c.IsHarm).Select(deviations.Tell)];
        // A worker that died has taken its connections with it, whether or not a probe was among them. What only differs afterwards is told, and makes no verdict worse: a machine that became
        // busy shows the same.
        if (passing.Count == 0 && _children.Count == 0)
        {
            if (seen.LostEvents > 0) return (Verdict.Unknown, [.. Lost(), Unharmed(), .. slow]);
            return (Verdict.Resilient, [Unharmed(), .. slow]);
        }
        if (slow.Count == 0) slow.Add(Return());
        return (Verdict.Degraded, [.. passing, .. slow, .. Lost()]);
    }

    /// <summary>Whether nothing deviates any more, as far as could be seen: what cannot be told has not come back.</summary>
    private bool CameBack => seen.Death is null && seen.Inspect.Checks.Count + seen.Inspect.Requests.Count > 0 && _lasting.Count == 0 && !deviations.In(RunPhase.Inspect).Any();

    private IReadOnlyList<ProcessDeath> Died => [.. _restarted, .. _children, .. seen.Death is { } death ? [death] : Array.Empty<ProcessDeath>()];

    private List<Evidence> WhileInjecting()
    {
        List<Evidence> evidence = [.. deviations.In(RunPhase.Inject).Select(deviations.Tell)];
        if (seen.Stopped is { } stopped) evidence.Add(new Evidence(null, $"Check {stopped.Check} failed for {Durations.Format(stopped.FailingFor)} without a pass: the stop rule ended the injection."));
        return evidence;
    }

    private IEnumerable<Evidence> Lost() =>
        seen.LostEvents == 0 ? [] : [new Evidence(null, $"{seen.LostEvents} events were lost: what else the fault did cannot be told.")];

    private Evidence Unharmed()
    {
        int failed = seen.Inject.Checks.Count(c => !c.Passed), unusual = seen.Inject.Requests.Count(measures.Outcomes.IsUnusual);
        string requests = seen.Inject.Requests.Count == 0 ? "" : $" and {seen.Inject.Requests.Count - unusual} of {seen.Inject.Requests.Count} requests as usual";
        string some = failed + unusual == 0 ? "" : ", which the baseline's own variation may explain";
        return new Evidence(null, $"{seen.Inject.Checks.Count - failed} of {seen.Inject.Checks.Count} checks passed{requests} while {(seen.Matched > 0 ? $"{seen.Injected} of {seen.Matched} calls were failed" : $"{seen.Plan.Name} was injected {HowOften}")}{some}.");
    }

    private Evidence Return()
    {
        double? ended = seen.Recover.Checks.Count + seen.Recover.Requests.Count > 0 ? seen.Recover.FirstSeconds : null;
        if (ended is null || Times.Last is not { } last || last < ended) return new Evidence(ended, "Back to the baseline as soon as the injection had ended.");
        return new Evidence(last, string.Create(CultureInfo.InvariantCulture, $"Back to the baseline {last - ended.Value:0.0} s after the injection had ended."));
    }
}
