using Falter.Records;

namespace Falter.Experiment;

/// <summary>One run of one fault plan, before it is run.</summary>
/// <param name="Plan">Number of the plan.</param>
/// <param name="Repetition">Which repetition, from 0; further turns of a search for a threshold go on counting.</param>
/// <param name="RateFactor">See <see cref="TurnVerdict.RateFactor"/>.</param>
public readonly record struct Turn(int Plan, int Repetition, double RateFactor = 1)
{
    /// <summary>What its lots are drawn from: depends on the plan and the repetition alone, so that a turn that was cut off makes the same choices when it is run again.</summary>
    /// <param name="seed">The run's seed.</param>
    public ulong SeedOf(ulong seed) => Repetition == 0 ? seed + (ulong)Plan : Mixed(seed + (ulong)Plan, (ulong)Repetition);

    // SplitMix64 (Steele, Lea, Flood 2014). 53 bits: every reader of JSON keeps them.
    private static ulong Mixed(ulong seed, ulong repetition)
    {
        ulong z = seed + repetition * 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return (z ^ (z >> 31)) >> 11;
    }
}
