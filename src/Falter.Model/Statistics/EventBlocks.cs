namespace Falter.Model;

/// <summary>Events of a dense series (requests), counted in blocks of equal length: how much more their share varies from block to block than chance explains.</summary>
public static class EventBlocks
{
    /// <summary>The short block, in seconds: what the failures of one moment - a connection that broke, a pause of a runtime - take together.</summary>
    public const double ShortSeconds = 0.2;

    // Whole seconds show what goes on for longer.
    private const double LongSeconds = 1;

    /// <summary>
    /// The design effect of events. What the phase itself shows can lower it; only what the baseline shows can raise it above what is assumed: that the requests of a short block fail together.
    /// </summary>
    /// <param name="before">When each sample of the baseline was taken, in seconds, and whether the event happened; in the order of time.</param>
    /// <param name="after">The same of the phase that is compared with it.</param>
    /// <returns>1 or more.</returns>
    public static double DesignEffect(IReadOnlyList<(double At, bool Event)> before, IReadOnlyList<(double At, bool Event)> after)
    {
        double seen = Math.Max(Dispersion(ShortSeconds, before, after), Dispersion(LongSeconds, before, after));
        // The baseline's own estimate rests on few blocks with events in them: twice as much.
        double most = Math.Max(Assumed(before, after), 2 * Math.Max(Dispersion(ShortSeconds, before), Dispersion(LongSeconds, before)));
        return Math.Max(1, Math.Min(seen, most));
    }

    /// <summary>The design effect that is assumed where the baseline has no events: that of probes, one in each short block.</summary>
    private static double Assumed(IReadOnlyList<(double At, bool Event)> before, IReadOnlyList<(double At, bool Event)> after)
    {
        double seconds = Span(before) + Span(after);
        return Falter.Model.DesignEffect.Assumed * Math.Max(1, seconds <= 0 ? 1 : (before.Count + after.Count) / seconds * ShortSeconds);
    }

    /// <summary>Variance of the events per block over that of independent events of the same share, each phase about its own share.</summary>
    private static double Dispersion(double blockSeconds, params IReadOnlyList<(double At, bool Event)>[] phases)
    {
        double squares = 0, expected = 0;
        foreach (IReadOnlyList<(double At, bool Event)> phase in phases.Where(p => p.Count > 0))
        {
            double share = phase.Count(s => s.Event) / (double)phase.Count, start = phase[0].At;
            var blocks = phase.GroupBy(s => Math.Floor((s.At - start) / blockSeconds)).Select(b => (All: b.Count(), Events: b.Count(s => s.Event))).ToList();
            if (blocks.Count < 2) continue;
            squares += blocks.Sum(b => (b.Events - b.All * share) * (b.Events - b.All * share)) * blocks.Count / (blocks.Count - 1);
            expected += phase.Count * share * (1 - share);
        }
        return expected <= 0 ? 1 : squares / expected;
    }

    private static double Span(IReadOnlyList<(double At, bool Event)> phase) => phase.Count < 2 ? 0 : phase[^1].At - phase[0].At;
}
