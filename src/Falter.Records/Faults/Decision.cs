namespace Falter.Records;

/// <summary>
/// The lot that decides whether one matching call fails. It depends on nothing but the seed, the rule's place, the thread's ordinal (the order in
/// which threads first met the rule set) and the number of the matching call on that thread: same seed and same calls per thread, same choices.
/// </summary>
public static class Decision
{
    /// <summary>Whether the call fails, with probability <paramref name="rate"/>.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="rule">Index of the rule in its plan, from 0.</param>
    /// <param name="thread">Ordinal of the thread, from 0.</param>
    /// <param name="call">Number of the matching call on that thread for that rule, from 0.</param>
    /// <param name="rate">0 to 1.</param>
    public static bool Fails(ulong seed, int rule, int thread, long call, double rate)
    {
        if (rate >= 1) return true;
        ulong h = Mix(seed ^ Mix((ulong)(uint)rule << 32 | (uint)thread));
        h = Mix(h ^ (ulong)call);
        // The upper 53 bits are the significand of a double in [0, 1).
        return (h >> 11) * (1.0 / (1UL << 53)) < rate;
    }

    /// <summary>SplitMix64's output function (Steele, Lea, Flood 2014), preceded by its increment.</summary>
    private static ulong Mix(ulong z)
    {
        z += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
