using MathNet.Numerics;

namespace Falter.Model;

/// <summary>Events per time.</summary>
public static class Rates
{
    /// <summary>
    /// The probability of at least so many events in the second period if events came as often in both: the exact conditional test of two Poisson rates (Przyborowski, Wilenski 1940).
    /// </summary>
    /// <param name="first">Events in the first period.</param>
    /// <param name="firstSeconds">Its length.</param>
    /// <param name="second">Events in the second period.</param>
    /// <param name="secondSeconds">Its length.</param>
    /// <returns>0 to 1; 1 where a period has no length or nothing happened in the second.</returns>
    public static double Greater(int first, double firstSeconds, int second, double secondSeconds)
    {
        if (second == 0 || !(firstSeconds > 0) || !(secondSeconds > 0)) return 1;
        // Binomial: each of all events fell into the second period with this chance. The tail above k - 1 is the regularised incomplete beta function.
        return SpecialFunctions.BetaRegularized(second, first + 1, secondSeconds / (firstSeconds + secondSeconds));
    }
}
