using Falter.Records;

namespace Falter.Model;

/// <summary>One turn of a search.</summary>
/// <param name="Rate">The injected rate, above 0, at most 1.</param>
/// <param name="Broke">Whether the verdict was as bad as what is searched for. Turns that were not exercised or gave no verdict are no turns of a search.</param>
public readonly record struct ThresholdTurn(double Rate, bool Broke);

/// <summary>What follows from the turns so far.</summary>
/// <param name="Next">The rate of the next turn; null: the search has ended.</param>
/// <param name="Threshold">What is known by now; null before the first turn.</param>
public readonly record struct ThresholdStep(double? Next, RateThreshold? Threshold);

/// <summary>
/// Searches for the injected rate that half of the turns do not bear. A bisection on the scale of logarithms that knows that turns are noisy: the probability of breaking rises with the rate as
/// a logistic curve of unknown place and steepness, and each turn is put where the place is most uncertain (QUEST: Watson, Pelli 1983; the grid over both unknowns: Kontsevich, Tyler 1999).
/// Pure: the same turns give the same step, so a search goes on after an interruption.
/// </summary>
public static class ThresholdSearch
{
    // Places per factor e of the rate: one is 7 % from the next.
    private const double PlacesPerUnit = 15;

    // Thresholds are assumed up to this factor beyond the rates that are tried, so that "beyond" can be told from "at the end".
    private const double Beyond = 8;

    // Steepness on the natural logarithm of the rate, from turns that break from a tenth to ten times the threshold (1) to those that part within a few percent (64), and how likely each is held
    // beforehand. Flat ones more: taken for steep they would make intervals too narrow, and steep ones show themselves soon.
    private static readonly (double Slope, double Weight)[] s_slopes = [(1, 4), (1.5, 3), (2, 2), (4, 1), (8, 1), (16, 1), (64, 1)];

    // One turn in fifty breaks or holds for a reason that is not the rate.
    private const double Lapse = 0.02;

    /// <summary>The next turn, or the end.</summary>
    /// <param name="turns">The turns so far, in any order.</param>
    /// <param name="options">Where and how long.</param>
    public static ThresholdStep After(IReadOnlyList<ThresholdTurn> turns, ThresholdSearchOptions options)
    {
        if (options.Lowest <= 0 || options.Highest > 1 || options.Lowest >= options.Highest) throw new ArgumentException("rates are searched from above 0 to at most 1", nameof(options));
        double[] places = Places(options), chances = Posterior(turns, places);
        if (turns.Count == 0) return new ThresholdStep(Math.Exp(Quantile(places, chances, 0.5, options)), null);
        (double low, double middle, double high) = (Quantile(places, chances, 0.025), Quantile(places, chances, 0.5), Quantile(places, chances, 0.975));
        double top = Math.Log(options.Highest), bottom = Math.Log(options.Lowest);
        // Whatever lies beyond the rates that can be tried is all the same.
        bool sure = Math.Min(high, top) - Math.Max(low, bottom) <= Math.Log(options.Precision);
        bool tried = low < top || turns.Any(t => t.Rate >= options.Highest && !t.Broke);
        double? next = sure && tried || turns.Count >= options.MostTurns ? null : Math.Exp(Next(turns, middle, bottom, top));
        return new ThresholdStep(next, Known(turns, options, low, middle, high));
    }

    private static RateThreshold Known(IReadOnlyList<ThresholdTurn> turns, ThresholdSearchOptions options, double low, double middle, double high)
    {
        double most = options.Highest;
        ThresholdTurn[] highest = [.. turns.Where(t => t.Rate == turns.Max(o => o.Rate))];
        bool bears = middle >= Math.Log(most) && highest.Count(t => t.Broke) * 2 < highest.Length;
        // Below the lowest rate that was allowed nothing is known: the interval is open there, down to 0.
        double lowest = low < Math.Log(options.Lowest) ? 0 : Math.Exp(low);
        return new RateThreshold(Math.Min(most, Math.Exp(middle)), Math.Min(most, lowest), Math.Min(most, Math.Exp(high)), turns.Count, bears);
    }

    /// <summary>At the middle of what is believed; two turns at the same rate tell less of the steepness than two beside it, so every third lies a little off.</summary>
    private static double Next(IReadOnlyList<ThresholdTurn> turns, double middle, double bottom, double top)
    {
        double aside = (turns.Count % 3) switch { 1 => 0, 2 => 0.2, _ => -0.2 };
        return Math.Clamp(turns.Count < 4 ? middle : middle + aside, bottom, top);
    }

    private static double[] Places(ThresholdSearchOptions options)
    {
        double from = Math.Log(options.Lowest / Beyond), to = Math.Log(options.Highest * Beyond);
        int count = (int)Math.Ceiling((to - from) * PlacesPerUnit) + 1;
        return [.. Enumerable.Range(0, count).Select(i => from + (to - from) * i / (count - 1))];
    }

    /// <summary>The probability of each place, over all slopes; uniform on the logarithm before the first turn.</summary>
    private static double[] Posterior(IReadOnlyList<ThresholdTurn> turns, double[] places)
    {
        double[] chances = new double[places.Length];
        (double LogRate, bool Broke)[] seen = [.. turns.Select(t => (Math.Log(t.Rate), t.Broke))];
        foreach ((double slope, double weight) in s_slopes)
        {
            for (int i = 0; i < places.Length; i++)
            {
                double likelihood = weight;
                foreach ((double logRate, bool didBreak) in seen)
                {
                    double broke = Lapse + (1 - 2 * Lapse) / (1 + Math.Exp(-slope * (logRate - places[i])));
                    likelihood *= didBreak ? broke : 1 - broke;
                }
                chances[i] += likelihood;
            }
        }
        double sum = chances.Sum();
        return [.. chances.Select(c => c / sum)];
    }

    private static double Quantile(double[] places, double[] chances, double p, ThresholdSearchOptions? within = null)
    {
        double sum = 0;
        for (int i = 0; i < places.Length; i++)
        {
            sum += chances[i];
            if (sum >= p) return within is null ? places[i] : Math.Clamp(places[i], Math.Log(within.Lowest), Math.Log(within.Highest));
        }
        return places[^1];
    }
}
