using Falter.Records;

namespace Falter.Experiment;

/// <summary>In which order the turns of a run are taken.</summary>
public static class TurnOrder
{
    /// <summary>Each plan as often as is asked for. The same arguments give the same order: a run that goes on after an interruption goes on in it.</summary>
    /// <param name="plans">How many plans there are.</param>
    /// <param name="repetitions">How often each is run, 1 or more.</param>
    /// <param name="order">As written: all repetitions of a plan, then the next plan. At random: all turns shuffled.</param>
    /// <param name="seed">The run's seed.</param>
    public static IReadOnlyList<Turn> Of(int plans, int repetitions, PlanOrder order, ulong seed)
    {
        Turn[] turns = [.. Enumerable.Range(0, plans).SelectMany(plan => Enumerable.Range(0, repetitions).Select(repetition => new Turn(plan, repetition)))];
        if (order == PlanOrder.Random) new Random((int)((seed ^ (seed >> 32)) & 0x7fffffff)).Shuffle(turns);
        return turns;
    }
}
