namespace Falter.Model;

/// <summary>Cliff's delta (Cliff 1993): how much more often a value of the second sample is above one of the first than below; from -1 to 1.</summary>
public static class CliffsDelta
{
    private const double Z95 = 1.959963984540054;

    /// <summary>Its 95 % interval: Newcombe's fifth method (Newcombe 2006), which has a width also where the samples do not overlap at all.</summary>
    /// <param name="delta">-1 to 1.</param>
    /// <param name="first">Size of the first sample, its independent ones; above 0.</param>
    /// <param name="second">Size of the second sample, its independent ones; above 0.</param>
    public static (double Low, double High) Interval(double delta, double first, double second)
    {
        double theta = (delta + 1) / 2;
        return (2 * Bound(theta, 0, first, second) - 1, 2 * Bound(theta, 1, first, second) - 1);
    }

    // Between the estimate and the end of the scale lies the one value that the estimate is 1.96 standard errors away from.
    private static double Bound(double theta, double end, double first, double second)
    {
        double inside = theta, outside = end;
        for (int i = 0; i < 50; i++)
        {
            double middle = (inside + outside) / 2;
            if (Math.Abs(theta - middle) <= Z95 * Math.Sqrt(Variance(middle, first, second))) inside = middle;
            else outside = middle;
        }
        return inside;
    }

    private static double Variance(double theta, double first, double second)
    {
        double other = Math.Max(0, (first + second) / 2 - 1);
        return theta * (1 - theta) / (first * second) * (1 + other * ((1 - theta) / (2 - theta) + theta / (1 + theta)));
    }
}
