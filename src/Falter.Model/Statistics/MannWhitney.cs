using MathNet.Numerics.Distributions;

namespace Falter.Model;

/// <summary>The Mann-Whitney rank test (Mann, Whitney 1947).</summary>
public static class MannWhitney
{
    /// <summary>The smallest sample for which the normal approximation is used.</summary>
    public const int MinimumSample = 8;

    /// <summary>
    /// The probability, one-sided, of the second sample's ranks being as high as they are if both came from the same population. By the normal
    /// approximation with correction for ties and continuity.
    /// </summary>
    /// <returns>0 to 1; null where a sample is smaller than <see cref="MinimumSample"/>: the approximation would be a guess.</returns>
    public static double? Greater(IReadOnlyList<double> before, IReadOnlyList<double> after)
    {
        if (before.Count < MinimumSample || after.Count < MinimumSample) return null;
        double n1 = before.Count, n2 = after.Count, n = n1 + n2;
        (double rankSum, double ties) = Ranks(before, after);
        double u = rankSum - n2 * (n2 + 1) / 2;
        double variance = n1 * n2 / 12 * (n + 1 - ties / (n * (n - 1)));
        if (variance <= 0) return 1;
        double z = (u - n1 * n2 / 2 - 0.5) / Math.Sqrt(variance);
        return Normal.CDF(0, 1, -z);
    }

    /// <summary>The sum of the second sample's ranks (ties share their mean rank), and the sum of t³ − t over groups of t ties.</summary>
    private static (double RankSum, double Ties) Ranks(IReadOnlyList<double> before, IReadOnlyList<double> after)
    {
        (double Value, bool IsAfter)[] all = [.. before.Select(v => (v, false)), .. after.Select(v => (v, true))];
        Array.Sort(all, (a, b) => a.Value.CompareTo(b.Value));
        double rankSum = 0, ties = 0;
        for (int i = 0; i < all.Length;)
        {
            int end = i;
            while (end < all.Length && all[end].Value == all[i].Value) end++;
            double rank = (i + 1 + end) / 2.0, t = end - i;
            for (; i < end; i++) if (all[i].IsAfter) rankSum += rank;
            ties += t * t * t - t;
        }
        return (rankSum, ties);
    }
}
