using MathNet.Numerics;

namespace Falter.Model;

/// <summary>Shares and what a sample tells of them.</summary>
public static class Proportions
{
    // The 97.5th percentile of the normal distribution: two-sided 95 %.
    private const double Z95 = 1.959963984540054;

    /// <summary>Wilson's 95 % interval of a share (Wilson 1927), good for rare events too.</summary>
    /// <param name="hits">Events, 0 to <paramref name="trials"/>.</param>
    /// <param name="trials">Sample size. 0 gives the interval from 0 to 1: nothing is known.</param>
    public static (double Low, double High) Wilson(long hits, long trials)
    {
        if (trials == 0) return (0, 1);
        double n = trials, p = hits / n, z2 = Z95 * Z95;
        double centre = (p + z2 / (2 * n)) / (1 + z2 / n);
        double half = Z95 / (1 + z2 / n) * Math.Sqrt(p * (1 - p) / n + z2 / (4 * n * n));
        return (hits == 0 ? 0 : Math.Max(0, centre - half), hits == trials ? 1 : Math.Min(1, centre + half));
    }

    /// <summary>
    /// Fisher's exact test, one-sided: the probability of at least so many events in the second sample if both samples came from the same population.
    /// </summary>
    /// <param name="before">Events in the first sample.</param>
    /// <param name="ofBefore">Size of the first sample.</param>
    /// <param name="after">Events in the second sample.</param>
    /// <param name="ofAfter">Size of the second sample.</param>
    /// <returns>0 to 1; 1 where a sample is empty.</returns>
    public static double FisherGreater(int before, int ofBefore, int after, int ofAfter)
    {
        if (ofBefore == 0 || ofAfter == 0 || after == 0) return 1;
        // The tail is summed from its small end: 1 - CDF would lose everything below 1e-16.
        int most = Math.Min(before + after, ofAfter);
        double tail = 0;
        for (int k = most; k >= after; k--) tail += Math.Exp(LogHypergeometric(ofBefore, ofAfter, before + after, k));
        return Math.Min(1, tail);
    }

    // In logarithms: with thousands of trials the binomial coefficients themselves are beyond a double (MathNet's PMF gives NaN there).
    private static double LogHypergeometric(int ofBefore, int ofAfter, int events, int k) =>
        SpecialFunctions.BinomialLn(ofAfter, k) + SpecialFunctions.BinomialLn(ofBefore, events - k) - SpecialFunctions.BinomialLn(ofBefore + ofAfter, events);
}
