namespace Falter.Model;

/// <summary>Fisher's exact test of two proportions, two-sided (Fisher 1922): the probability of tables that are at most as likely as the observed one.</summary>
public static class FisherTest
{
    // Outcomes within 1e-7 of the observed one's probability are as likely: rounding must not part ties (R's fisher.test takes the same).
    private const double Tie = 1 + 1e-7;

    // Above so many events the walk over all tables takes seconds, and the normal approximation is right to more digits than anybody reads.
    private const long MostEvents = 100_000_000;

    /// <summary>The probability of so unequal shares, or of more unequal ones, if both samples came from the same population.</summary>
    /// <param name="first">Events in the first sample.</param>
    /// <param name="ofFirst">Size of the first sample.</param>
    /// <param name="second">Events in the second sample.</param>
    /// <param name="ofSecond">Size of the second sample.</param>
    /// <returns>0 to 1; 1 where a sample is empty or nothing occurred: there is nothing to compare.</returns>
    public static double TwoSided(long first, long ofFirst, long second, long ofSecond)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfNegative(second);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, ofFirst);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(second, ofSecond);
        double events = (double)first + second, all = (double)ofFirst + ofSecond;
        if (ofFirst == 0 || ofSecond == 0 || events == 0 || events == all) return 1;
        // The rarer of events and non-events is walked: the table is the same.
        if (events > all / 2) return TwoSided(ofFirst - first, ofFirst, ofSecond - second, ofSecond);
        return events > MostEvents ? Normal(first, ofFirst, second, ofSecond) : Exact(first, ofFirst, events, all);
    }

    /// <summary>
    /// From the most likely table outwards, each probability from its neighbour's, as multiples of the greatest: no logarithm of a factorial is needed, which
    /// loses its digits with large samples.
    /// </summary>
    private static double Exact(long observed, double ofFirst, double events, double all)
    {
        double least = Math.Max(0, events - (all - ofFirst)), most = Math.Min(events, ofFirst);
        double mode = Math.Clamp(Math.Floor((events + 1) * (ofFirst + 1) / (all + 2)), least, most);
        double Up(double k) => (events - k) * (ofFirst - k) / ((k + 1) * (all - ofFirst - events + k + 1));
        double own = 1;
        for (double k = mode; k < observed && own > 0; k++) own *= Up(k);
        for (double k = mode; k > observed && own > 0; k--) own /= Up(k - 1);
        double total = 0, tail = 0;
        void Take(double weight)
        {
            total += weight;
            if (weight <= own * Tie) tail += weight;
        }
        double up = 1;
        for (double k = mode; k <= most && up > 0; up *= Up(k), k++) Take(up);
        double down = 1;
        for (double k = mode; k > least;)
        {
            down /= Up(--k);
            if (down == 0) break;
            Take(down);
        }
        return Math.Min(1, tail / total);
    }

    private static double Normal(double first, double ofFirst, double second, double ofSecond)
    {
        double pooled = (first + second) / (ofFirst + ofSecond);
        double error = Math.Sqrt(pooled * (1 - pooled) * (1 / ofFirst + 1 / ofSecond));
        return 2 * MathNet.Numerics.Distributions.Normal.CDF(0, 1, -Math.Abs(first / ofFirst - second / ofSecond) / error);
    }
}
