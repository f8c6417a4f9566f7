namespace Falter.Model;

/// <summary>
/// How many samples of a time series weigh as much as one independent sample (Kish 1965): samples that follow each other closely tell the same thing twice, and a test that takes them
/// for independent finds differences where there are none.
/// </summary>
public static class DesignEffect
{
    /// <summary>
    /// What is assumed of failures as long as a series shows none: runs of 1.25 samples on average. Longer ones happen, but without any fault they are too rare to be met in one turn of a
    /// hundred (docs/reference/judging.md).
    /// </summary>
    public const double AssumedRun = 1.25;

    // What is assumed of the correlation of neighbours, and how many samples the assumption weighs: a short series that looks independent may be one slope of a wave.
    private const double AssumedCorrelation = 0.8, AssumedSamples = 10;

    // Above it the series is one long wave: no number of its samples replaces waiting.
    private const double HighestCorrelation = 0.95;

    /// <summary>The design effect of numbers with a given correlation of neighbours, as a first-order autoregressive series has it: (1 + r) / (1 - r).</summary>
    /// <param name="neighbours">Correlation of neighbours; below 0 counts as 0.</param>
    /// <returns>1 or more.</returns>
    public static double OfCorrelation(double neighbours)
    {
        double r = Math.Clamp(neighbours, 0, HighestCorrelation);
        return (1 + r) / (1 - r);
    }

    /// <summary>
    /// The correlation of neighbours in several series, each about its own mean, freed from the bias that short series have, and drawn towards what is assumed the more, the shorter they are.
    /// </summary>
    /// <param name="series">Numbers in the order of time.</param>
    /// <returns>1 at most.</returns>
    public static double Correlation(params IReadOnlyList<double>[] series)
    {
        double products = 0, squares = 0, count = 0;
        foreach (IReadOnlyList<double> one in series.Where(s => s.Count > 0))
        {
            double mean = one.Average();
            for (int i = 0; i < one.Count; i++)
            {
                squares += (one[i] - mean) * (one[i] - mean);
                if (i > 0) products += (one[i] - mean) * (one[i - 1] - mean);
            }
            count += one.Count;
        }
        // Kendall 1954: about its own mean, a series of n has r - (1 + 3 r) / n.
        double n = count / Math.Max(1, series.Length);
        if (squares <= 0) return 0;
        double unbiased = n <= 6 ? HighestCorrelation : Math.Min(HighestCorrelation, (products / squares * n + 1) / (n - 3));
        return (count * unbiased + AssumedSamples * AssumedCorrelation) / (count + AssumedSamples);
    }

    /// <summary>
    /// The design effect of failures that come in runs: 2 L - 1, as of Gilbert's chain of two states with runs of mean length L. Runs while a fault is injected are the fault's doing: they
    /// can lower the effect, but only those of the baseline can raise it above what is assumed.
    /// </summary>
    /// <param name="before">Failures of the baseline, in the order of time.</param>
    /// <param name="after">Failures of the phase that is compared with it.</param>
    /// <returns>1 or more.</returns>
    public static double OfFailures(IReadOnlyList<bool> before, IReadOnlyList<bool> after)
    {
        (int failed, int runs) = Runs(before);
        (int failedAfter, int runsAfter) = Runs(after);
        // Few runs tell little of how long they are on average: their excess over one is raised by its own uncertainty.
        double most = runs == 0 ? AssumedRun : Math.Max(AssumedRun, 1 + (failed / (double)runs - 1) * (1 + 1 / Math.Sqrt(runs)));
        double seen = runs + runsAfter == 0 ? 1 : (failed + failedAfter) / (double)(runs + runsAfter);
        return 2 * Math.Min(seen, most) - 1;
    }

    /// <summary>The design effect that is assumed of failures where none was seen.</summary>
    public static double Assumed => 2 * AssumedRun - 1;

    private static (int Failed, int Runs) Runs(IReadOnlyList<bool> failures)
    {
        int failed = 0, runs = 0;
        for (int i = 0; i < failures.Count; i++)
        {
            if (!failures[i]) continue;
            failed++;
            if (i == 0 || !failures[i - 1]) runs++;
        }
        return (failed, runs);
    }
}
