namespace Falter.Load;

/// <summary>
/// Poisson arrivals: the gaps between requests are exponentially distributed, as those of many independent clients are. The same seed gives the same
/// gaps and the same choices between requests.
/// </summary>
public sealed class ArrivalSchedule
{
    private readonly double _ratePerSecond;
    private readonly Random _random;

    /// <param name="ratePerSecond">Mean arrivals per second, above 0.</param>
    /// <param name="seed">Seed of the gaps and choices.</param>
    public ArrivalSchedule(double ratePerSecond, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ratePerSecond);
        _ratePerSecond = ratePerSecond;
        _random = new Random(HashCode32(seed));
    }

    /// <summary>The gap before the next arrival, in seconds.</summary>
    public double NextGapSeconds() => -Math.Log(1 - _random.NextDouble()) / _ratePerSecond;

    /// <summary>Which of <paramref name="count"/> requests the next arrival sends.</summary>
    public int NextChoice(int count) => _random.Next(count);

    // Random takes 31 bits; both halves of the seed take part.
    private static int HashCode32(ulong seed) => (int)((seed ^ (seed >> 32)) & 0x7fffffff);
}
