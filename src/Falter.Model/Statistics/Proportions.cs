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
    public static (double Low, double High) Wilson(long hits, long trials) => WilsonOf(hits, trials);

    /// <summary>Newcombe's 95 % interval of the difference of two shares, second less first, from their Wilson intervals (Newcombe 1998, method 10).</summary>
    /// <param name="first">Events in the first sample.</param>
    /// <param name="ofFirst">Size of the first sample.</param>
    /// <param name="second">Events in the second sample.</param>
    /// <param name="ofSecond">Size of the second sample.</param>
    /// <param name="designEffect">So many samples weigh as much as one independent one; 1 or more.</param>
    /// <returns>From -1 to 1; that itself where a sample is empty.</returns>
    public static (double Low, double High) NewcombeDifference(long first, long ofFirst, long second, long ofSecond, double designEffect = 1)
    {
        if (ofFirst == 0 || ofSecond == 0) return (-1, 1);
        double p1 = first / (double)ofFirst, p2 = second / (double)ofSecond;
        (double l1, double u1) = WilsonOf(first / designEffect, ofFirst / designEffect);
        (double l2, double u2) = WilsonOf(second / designEffect, ofSecond / designEffect);
        return (p2 - p1 - Math.Sqrt((p2 - l2) * (p2 - l2) + (u1 - p1) * (u1 - p1)), p2 - p1 + Math.Sqrt((u2 - p2) * (u2 - p2) + (p1 - l1) * (p1 - l1)));
    }

    private static (double Low, double High) WilsonOf(double hits, double n)
    {
        if (n == 0) return (0, 1);
        double p = hits / n, z2 = Z95 * Z95;
        double centre = (p + z2 / (2 * n)) / (1 + z2 / n);
        double half = Z95 / (1 + z2 / n) * Math.Sqrt(p * (1 - p) / n + z2 / (4 * n * n));
        return (hits == 0 ? 0 : Math.Max(0, centre - half), hits == n ? 1 : Math.Min(1, centre + half));
    }

    /// <summary>
    /// Fisher's exact test, one-sided: the probability of at least so many events in the second sample if both samples came from the same population.
    /// </summary>
    /// <param name="before">Events in the first sample.</param>
    /// <param name="ofBefore">Size of the first sample.</param>
    /// <param name="after">Events in the second sample.</param>
    /// <param name="ofAfter">Size of the second sample.</param>
    /// <param name="designEffect">So many samples weigh as much as one independent one; 1 or more. Counts are divided by it, and need not be whole then.</param>
    /// <returns>0 to 1; 1 where a sample is empty.</returns>
    public static double FisherGreater(int before, int ofBefore, int after, int ofAfter, double designEffect = 1)
    {
        if (ofBefore == 0 || ofAfter == 0 || after == 0) return 1;
        double events = (before + after) / designEffect, first = ofBefore / designEffect, second = ofAfter / designEffect;
        // The tail is summed from its small end: 1 - CDF would lose everything below 1e-16. Rounding must not cost the last of its tables.
        int tables = (int)Math.Floor(Math.Min(events, second) - after / designEffect + 1e-9);
        double tail = 0;
        for (int k = tables; k >= 0; k--) tail += Math.Exp(LogHypergeometric(first, second, events, after / designEffect + k));
        return Math.Min(1, tail);
    }

    // In logarithms: with thousands of trials the binomial coefficients themselves are beyond a double (MathNet's PMF gives NaN there).
    private static double LogHypergeometric(double ofBefore, double ofAfter, double events, double k) =>
        BinomialLn(ofAfter, k) + BinomialLn(ofBefore, events - k) - BinomialLn(ofBefore + ofAfter, events);

    private static double BinomialLn(double n, double k)
    {
        // More events than samples: no such table.
        if (k > n + 1e-9) return double.NegativeInfinity;
        return SpecialFunctions.GammaLn(n + 1) - SpecialFunctions.GammaLn(k + 1) - SpecialFunctions.GammaLn(Math.Max(0, n - k) + 1);
    }
}
