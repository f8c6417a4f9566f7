using Falter.Model;
using Falter.Records;

namespace Falter.Tests.Model;

/// <summary>Targets that break with a probability that rises with the logarithm of the rate.</summary>
public static class SimulatedThreshold
{
    /// <summary>From turns that break anywhere between a tenth and ten times the threshold to those that part within a few percent.</summary>
    public static readonly double[] Slopes = [1.5, 3, 6, 12, 40];

    /// <summary>What so many searches came to.</summary>
    public readonly record struct Result(double Covered, int MedianTurns, double MedianRatio, int MostTurns);

    public static Result Search(double slope, int searches, int seed, ThresholdSearchOptions? options = null)
    {
        options ??= new ThresholdSearchOptions();
        var random = new Random(seed * 7919 + (int)(slope * 10));
        var turns = new List<int>();
        var ratios = new List<double>();
        int covered = 0;
        for (int i = 0; i < searches; i++)
        {
            double threshold = Math.Exp(Math.Log(0.003) + random.NextDouble() * (Math.Log(0.7) - Math.Log(0.003)));
            (RateThreshold found, int count) = One(threshold, slope, random, options);
            if (found.Low <= threshold && threshold <= found.High) covered++;
            turns.Add(count);
            ratios.Add(found.High / Math.Max(found.Low, options.Lowest));
        }
        return new Result(covered / (double)searches, turns.Order().ElementAt(searches / 2), ratios.Order().ElementAt(searches / 2), turns.Max());
    }

    private static (RateThreshold Found, int Turns) One(double threshold, double slope, Random random, ThresholdSearchOptions options)
    {
        var turns = new List<ThresholdTurn>();
        while (true)
        {
            ThresholdStep step = ThresholdSearch.After(turns, options);
            if (step.Next is not { } rate) return (step.Threshold!, turns.Count);
            turns.Add(new ThresholdTurn(rate, random.NextDouble() < 1 / (1 + Math.Exp(-slope * Math.Log(rate / threshold)))));
        }
    }
}
