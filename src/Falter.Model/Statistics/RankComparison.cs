using MathNet.Numerics.Distributions;

namespace Falter.Model;

/// <summary>Two series of numbers, compared by their ranks.</summary>
/// <param name="Delta">Cliff's delta: above 0 where the second is larger.</param>
/// <param name="Low">Lower end of its 95 % interval.</param>
/// <param name="High">Upper end of its 95 % interval.</param>
/// <param name="Greater">The probability of ranks of the second that are as high as they are if both came from the same series; null where there are too few samples to tell.</param>
/// <param name="Less">The same of ranks as low as they are.</param>
public readonly record struct RankComparison(double Delta, double Low, double High, double? Greater, double? Less)
{
    /// <summary>The smaller of both, for either way.</summary>
    public double? TwoSided => Greater is { } greater && Less is { } less ? Math.Min(1, 2 * Math.Min(greater, less)) : null;

    /// <summary>
    /// The Mann-Whitney test for time series: the variance of its statistic is multiplied by the series' design effect, and its quantiles are Student's, with as many degrees of freedom as
    /// there are independent samples. Samples of one block count as one; correlation of neighbouring blocks is taken into account.
    /// </summary>
    /// <param name="before">The first series: when each sample was taken, in seconds, in the order of time, and its value.</param>
    /// <param name="after">The second.</param>
    /// <param name="blockSeconds">Length of a block; 0: each sample is one.</param>
    public static RankComparison Of(IReadOnlyList<(double At, double Value)> before, IReadOnlyList<(double At, double Value)> after, double blockSeconds = 0)
    {
        double n1 = before.Count, n2 = after.Count, n = n1 + n2;
        if (n1 == 0 || n2 == 0) return new RankComparison(0, -1, 1, null, null);
        (double[] ranks, double ties) = Ranks(before, after);
        double u = ranks.Skip(before.Count).Sum() - n2 * (n2 + 1) / 2;
        double[] ranksBefore = ranks[..before.Count], ranksAfter = ranks[before.Count..];
        (double effect, int blocks1, int blocks2) = Effect((before, ranksBefore), (after, ranksAfter), blockSeconds);
        double delta = 2 * u / (n1 * n2) - 1;
        (double low, double high) = CliffsDelta.Interval(delta, Math.Max(1, n1 / effect), Math.Max(1, n2 / effect));
        double variance = n1 * n2 / 12 * (n + 1 - ties / (n * (n - 1))) * effect;
        if (Math.Min(blocks1, blocks2) < MannWhitney.MinimumSample) return new RankComparison(delta, low, high, null, null);
        if (variance <= 0) return new RankComparison(delta, low, high, 1, 1);
        double error = Math.Sqrt(variance), freedom = Math.Max(1, n / effect - 2), shift = u - n1 * n2 / 2;
        return new RankComparison(delta, low, high, StudentT.CDF(0, 1, freedom, (0.5 - shift) / error), StudentT.CDF(0, 1, freedom, (0.5 + shift) / error));
    }

    // Neighbours alone do not show a slow wave under much noise: so many of them together do.
    private const int Together = 4;

    private static (double Effect, int Before, int After) Effect((IReadOnlyList<(double At, double Value)> Samples, double[] Ranks) before,
        (IReadOnlyList<(double At, double Value)> Samples, double[] Ranks) after, double blockSeconds)
    {
        double[] blocks1 = Blocks(before.Samples, before.Ranks, blockSeconds), blocks2 = Blocks(after.Samples, after.Ranks, blockSeconds);
        double effect = Clustered(before.Ranks, after.Ranks, blocks1, blocks2);
        // With fewer blocks their own correlation cannot be told.
        if (blocks1.Length + blocks2.Length >= 2 * MannWhitney.MinimumSample * Together)
        {
            effect = Math.Max(effect, Clustered(before.Ranks, after.Ranks, [.. blocks1.Chunk(Together).Select(c => c.Average())], [.. blocks2.Chunk(Together).Select(c => c.Average())]));
        }
        return (effect, blocks1.Length, blocks2.Length);
    }

    /// <summary>What blocks vary more than independent samples would let them, times what their own correlation adds.</summary>
    private static double Clustered(double[] ranks1, double[] ranks2, double[] blocks1, double[] blocks2)
    {
        double correlated = DesignEffect.OfCorrelation(DesignEffect.Correlation(blocks1, blocks2));
        double samples = ranks1.Length + ranks2.Length, blocks = blocks1.Length + blocks2.Length, within = SumOfSquares(ranks1) + SumOfSquares(ranks2);
        if (samples == blocks || within <= 0 || blocks <= 2) return correlated;
        return Math.Max(1, (SumOfSquares(blocks1) + SumOfSquares(blocks2)) / (blocks - 2) * (samples / blocks) / (within / (samples - 2))) * correlated;
    }

    private static double[] Blocks(IReadOnlyList<(double At, double Value)> samples, double[] ranks, double seconds)
    {
        if (seconds <= 0) return ranks;
        double start = samples[0].At;
        return [.. Enumerable.Range(0, ranks.Length).GroupBy(i => Math.Floor((samples[i].At - start) / seconds)).Select(b => b.Average(i => ranks[i]))];
    }

    private static double SumOfSquares(double[] values)
    {
        double mean = values.Average();
        return values.Sum(v => (v - mean) * (v - mean));
    }

    /// <summary>The rank of each sample (ties share their mean rank), and the sum of t³ − t over groups of t ties.</summary>
    private static (double[] Ranks, double Ties) Ranks(IReadOnlyList<(double At, double Value)> before, IReadOnlyList<(double At, double Value)> after)
    {
        double[] values = [.. before.Select(s => s.Value), .. after.Select(s => s.Value)];
        int[] order = [.. Enumerable.Range(0, values.Length)];
        Array.Sort([.. values], order);
        double[] ranks = new double[values.Length];
        double ties = 0;
        for (int i = 0; i < order.Length;)
        {
            int end = i;
            while (end < order.Length && values[order[end]] == values[order[i]]) end++;
            double rank = (i + 1 + end) / 2.0, t = end - i;
            for (; i < end; i++) ranks[order[i]] = rank;
            ties += t * t * t - t;
        }
        return (ranks, ties);
    }
}
