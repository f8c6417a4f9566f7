namespace Falter.Model;

/// <summary>Quantiles of a sample.</summary>
public static class Quantiles
{
    /// <summary>The quantile by linear interpolation between closest ranks, rank = p·(n−1), as numpy's default and Phoebe take it.</summary>
    /// <param name="sorted">The sample in ascending order, at least one value.</param>
    /// <param name="p">0 to 1.</param>
    public static double OfSorted(IReadOnlyList<double> sorted, double p)
    {
        if (sorted.Count == 0) throw new ArgumentException("a quantile needs at least one value", nameof(sorted));
        ArgumentOutOfRangeException.ThrowIfNotEqual(p is >= 0 and <= 1, true);
        double rank = p * (sorted.Count - 1);
        int below = (int)rank;
        int above = Math.Min(below + 1, sorted.Count - 1);
        return sorted[below] + (sorted[above] - sorted[below]) * (rank - below);
    }

    /// <summary>The quantile of a sample in any order.</summary>
    public static double Of(IEnumerable<double> sample, double p) => OfSorted([.. sample.Order()], p);
}
