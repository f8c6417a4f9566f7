using Falter.Records;

namespace Falter.Model;

/// <summary>What the application did more often while errnos were injected than it does by itself: lines and exceptions in its log, ends of processes, answers to requests.</summary>
public static class ErrnoReactions
{
    // Family-wise over all reactions of a turn, as the verdict's.
    private const double Significance = 0.01;

    // One cause writes many lines at once: lines of one kind within it are one observation.
    private const double SameCauseSeconds = 0.2;

    // A log that is nothing but different lines is no relation; the most frequent are kept.
    private const int MostReactions = 50;

    /// <summary>
    /// The reactions that are significantly more frequent than in the baseline, and those that leave no doubt: a line that names the injected errno and an end of a process, neither of which the
    /// baseline had. A plan with several errnos attributes to each the lines that name it; what names none of them stands with all.
    /// </summary>
    /// <param name="seen">The turn.</param>
    /// <returns>Most frequent first; empty where the plan injects no errno, or nothing was injected.</returns>
    public static IReadOnlyList<ErrnoReaction> Of(TurnObservation seen)
    {
        Errno[] errnos = [.. seen.Plan.Faults.Select(f => (f.Fault as SyscallFault)?.Effect.Error).OfType<Errno>().Distinct()];
        if (errnos.Length == 0 || seen.Injected == 0) return [];
        Reaction[] all = [.. Written(seen, errnos), .. Answered(seen), .. Ended(seen)];
        IReadOnlyList<double> adjusted = Holm.Adjusted([.. all.Select(r => r.P)]);
        return
        [
            .. all.Where((r, i) => r.Plain || adjusted[i] < Significance).OrderByDescending(r => r.Count).ThenBy(r => r.What, StringComparer.Ordinal).Take(MostReactions)
                .SelectMany(r => (r.Named.Length > 0 ? r.Named : errnos).Select(e => new ErrnoReaction(e, r.Kind, r.What, r.Count, r.BaselineCount))),
        ];
    }

    private static IEnumerable<Reaction> Written(TurnObservation seen, Errno[] errnos)
    {
        (double now, double before) = (seen.Inject.Seconds, seen.Baseline.Seconds);
        if (now <= 0) yield break;
        ILookup<(string, string), LogLine> usual = seen.Baseline.Log.ToLookup(Kind);
        foreach (IGrouping<(string Kind, string What), LogLine> lines in seen.Inject.Log.GroupBy(Kind))
        {
            Errno[] named = [.. errnos.Where(e => lines.Any(l => ErrnoWords.Names(l.Text, e)))];
            int count = lines.Count(), baseline = usual[lines.Key].Count();
            double p = Rates.Greater(Causes(usual[lines.Key]), before, Causes(lines), now);
            yield return new Reaction(lines.Key.Kind, lines.Key.What, count, baseline, p, named, named.Length > 0 && baseline == 0 && before > 0);
        }
    }

    // A line that names an exception is known by it: its message differs from one to the next.
    private static (string Kind, string What) Kind(LogLine line) => ExceptionNames.In(line.Text) is { } name ? ("exception", name) : ("log", LogTemplate.Of(line.Text));

    private static int Causes(IEnumerable<LogLine> lines)
    {
        int causes = 0;
        double last = double.NegativeInfinity;
        foreach (LogLine line in lines.Where(l => l.AtSeconds - last >= SameCauseSeconds))
        {
            causes++;
            last = line.AtSeconds;
        }
        return causes;
    }

    private static IEnumerable<Reaction> Answered(TurnObservation seen)
    {
        (double At, string Outcome)[] before = [.. Answers(seen.Baseline)], now = [.. Answers(seen.Inject)];
        foreach (string outcome in now.Select(a => a.Outcome).Distinct())
        {
            (double, bool)[] was = [.. before.Select(a => (a.At, a.Outcome == outcome))], became = [.. now.Select(a => (a.At, a.Outcome == outcome))];
            int count = became.Count(a => a.Item2), baseline = was.Count(a => a.Item2);
            double p = was.Length == 0 ? 1 : Proportions.FisherGreater(baseline, was.Length, count, became.Length, EventBlocks.DesignEffect(was, became));
            yield return new Reaction(IsStatus(outcome) ? "http-status" : "outcome", outcome, count, baseline, p, [], false);
        }
    }

    /// <summary>Requests, and probes that got a status: what was answered is the same from either.</summary>
    private static IEnumerable<(double At, string Outcome)> Answers(PhaseObservation phase) =>
        phase.Requests.Select(r => (r.AtSeconds, r.Outcome)).Concat(phase.Checks.Where(c => IsStatus(c.Detail)).Select(c => (c.AtSeconds, c.Detail))).OrderBy(a => a.AtSeconds);

    private static bool IsStatus(string text) => text.Length == 3 && text[0] is >= '1' and <= '5' && char.IsAsciiDigit(text[1]) && char.IsAsciiDigit(text[2]);

    private static IEnumerable<Reaction> Ended(TurnObservation seen)
    {
        ProcessDeath[] usual = [.. seen.UsualChildDeaths, .. seen.UsualRestartedDeaths];
        IEnumerable<ProcessDeath> deaths = [.. seen.ChildDeaths, .. seen.RestartedDeaths, .. seen.Death is { } death ? [death] : Array.Empty<ProcessDeath>()];
        foreach (IGrouping<string, ProcessDeath> kind in deaths.GroupBy(d => d.How))
        {
            int baseline = usual.Count(u => u.How == kind.Key);
            double p = Rates.Greater(baseline, seen.Baseline.Seconds, kind.Count(), seen.Inject.Seconds);
            yield return new Reaction("exit-code", kind.Key, kind.Count(), baseline, p, [], baseline == 0);
        }
    }

    /// <summary>One reaction before it is known whether it counts.</summary>
    private sealed record Reaction(string Kind, string What, int Count, int BaselineCount, double P, Errno[] Named, bool Plain);
}
