namespace Falter.Records;

/// <summary>
/// The lots that decide whether one matching call is acted on. They depend on nothing but the seed, the slot, the thread's ordinal (the order in which
/// threads first met the plan's calls) and the number of the matching call on that thread in that slot: same seed and same calls per thread, same choices.
/// A slot is one (rule, system call) pair; slots are numbered through the plan, rule by rule, calls in the rule's order. <c>bpf/decision.h</c> draws the same.
/// </summary>
public static class Decision
{
    /// <summary>One lot: 0 inclusive to 1 exclusive.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="slot">The slot, from 0.</param>
    /// <param name="thread">Ordinal of the thread, from 0.</param>
    /// <param name="call">Number of the matching call on that thread in that slot, from 0.</param>
    /// <param name="purpose">What it is for.</param>
    public static double Lot(ulong seed, int slot, int thread, long call, LotPurpose purpose = LotPurpose.Act) =>
        // The upper 53 bits are the significand of a double in [0, 1).
        Bits(seed, slot, thread, call, purpose) * (1.0 / (1UL << 53));

    /// <summary>The lot's 53 bits.</summary>
    public static ulong Bits(ulong seed, int slot, int thread, long call, LotPurpose purpose = LotPurpose.Act)
    {
        ulong h = Mix(seed ^ Mix((ulong)(uint)slot << 32 | (uint)thread));
        return Mix(h ^ (ulong)call ^ (ulong)purpose << 62) >> 11;
    }

    /// <summary>Whether the call is acted on, each call by a lot of its own.</summary>
    /// <param name="seed">As there.</param>
    /// <param name="slot">As there.</param>
    /// <param name="thread">As there.</param>
    /// <param name="call">As there.</param>
    /// <param name="rate">0 to 1.</param>
    public static bool Fails(ulong seed, int slot, int thread, long call, double rate) => rate >= 1 || Lot(seed, slot, thread, call) < rate;

    /// <summary>
    /// The next state of a thread's chain of two states (Gilbert 1960), whose share of acting is <paramref name="rate"/> and whose runs have
    /// <paramref name="burst"/> calls on average.
    /// </summary>
    /// <param name="acted">Whether the thread's previous call in the slot was acted on; null for its first, which is drawn by the rate alone.</param>
    /// <param name="lot">This call's lot.</param>
    /// <param name="rate">0 to <see cref="HighestBurstRate"/>, or 1.</param>
    /// <param name="burst">1 or more.</param>
    public static bool NextInBurst(bool? acted, double lot, double rate, double burst) => rate >= 1 || lot < (acted switch
    {
        null => rate,
        true => 1 - 1 / burst,
        false => rate / (burst * (1 - rate)),
    });

    /// <summary>The highest rate below 1 that runs of this mean length can have: calls between two runs cannot be fewer than one.</summary>
    public static double HighestBurstRate(double burst) => burst / (burst + 1);

    /// <summary>SplitMix64's output function (Steele, Lea, Flood 2014), preceded by its increment.</summary>
    private static ulong Mix(ulong z)
    {
        z += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}

/// <summary>What a lot is for: several are drawn for one call.</summary>
public enum LotPurpose
{
    /// <summary>Whether the call is acted on.</summary>
    Act = 0,

    /// <summary>How long it is held at its entry, and at its exit.</summary>
    DelayEnter = 1,
    DelayExit = 2,
}
