namespace Falter.Model;

/// <summary>Holm's correction for several comparisons (Holm 1979): keeps the probability of any false finding among all of them.</summary>
public static class Holm
{
    /// <summary>The corrected p-values, in the order of the given ones, each at least the given one and at most 1.</summary>
    public static IReadOnlyList<double> Adjusted(IReadOnlyList<double> pValues)
    {
        int[] order = [.. Enumerable.Range(0, pValues.Count).OrderBy(i => pValues[i])];
        double[] adjusted = new double[pValues.Count];
        double highest = 0;
        for (int rank = 0; rank < order.Length; rank++)
        {
            highest = Math.Max(highest, Math.Min(1, pValues[order[rank]] * (order.Length - rank)));
            adjusted[order[rank]] = highest;
        }
        return adjusted;
    }
}
