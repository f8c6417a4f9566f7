using MathNet.Numerics.Distributions;

namespace Falter.Model;

/// <summary>The Mann-Kendall test for a trend (Mann 1945, Kendall 1948), with Sen's slope (Sen 1968).</summary>
/// <param name="P">The probability of so much order where there is no trend, two-sided.</param>
/// <param name="PerSecond">The median of the slopes between all pairs.</param>
public readonly record struct MannKendall(double P, double PerSecond)
{
    // Pairs grow with the square: longer series are thinned to that, which keeps their span.
    private const int MostSamples = 400;

    /// <summary>The trend of a series in the order of time; its variance is multiplied by the design effect of the correlation that is left when the slope is taken out.</summary>
    /// <returns>Null where there are fewer than <see cref="MannWhitney.MinimumSample"/> samples.</returns>
    public static MannKendall? Of(IReadOnlyList<(double At, double Value)> samples)
    {
        int step = Math.Max(1, (samples.Count + MostSamples - 1) / MostSamples);
        (double At, double Value)[] series = [.. samples.Where((_, i) => i % step == 0)];
        int n = series.Length;
        if (n < MannWhitney.MinimumSample) return null;
        double order = 0;
        var slopes = new List<double>(n * (n - 1) / 2);
        for (int i = 0; i < n; i++)
        {
            for (int j = i + 1; j < n; j++)
            {
                order += Math.Sign(series[j].Value - series[i].Value);
                if (series[j].At > series[i].At) slopes.Add((series[j].Value - series[i].Value) / (series[j].At - series[i].At));
            }
        }
        double slope = slopes.Count == 0 ? 0 : Quantiles.Of(slopes, 0.5);
        double ties = series.GroupBy(s => s.Value).Sum(g => (double)g.Count() * (g.Count() - 1) * (2 * g.Count() + 5));
        double effect = DesignEffect.OfCorrelation(DesignEffect.Correlation([.. series.Select(s => s.Value - slope * s.At)]));
        double variance = ((double)n * (n - 1) * (2 * n + 5) - ties) / 18 * effect;
        if (variance <= 0) return new MannKendall(1, slope);
        double z = Math.Max(0, Math.Abs(order) - 1) / Math.Sqrt(variance);
        return new MannKendall(Math.Min(1, 2 * StudentT.CDF(0, 1, Math.Max(1, n / effect - 2), -z)), slope);
    }
}
