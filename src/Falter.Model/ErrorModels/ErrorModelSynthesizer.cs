using Falter.Records;

namespace Falter.Model;

/// <summary>From natural errors to realistic error models, by one of Phoebe's two rules.</summary>
public static class ErrorModelSynthesizer
{
    /// <summary>One model for each (system call, errno) that occurred, all processes taken together.</summary>
    /// <param name="samples">The intervals of the observation.</param>
    /// <param name="options">The rule and its constants.</param>
    /// <returns>The models, by system call and errno.</returns>
    public static IReadOnlyList<ErrorModel> Synthesize(IEnumerable<IntervalSample> samples, ErrorModelOptions options) => Synthesize(ErrorWindows.Of(samples, byProcess: false), options);

    /// <summary>One model for each series of a window.</summary>
    /// <param name="window">The natural errors.</param>
    /// <param name="options">The rule and its constants.</param>
    /// <param name="runtimes">Runtimes of processes that the user named; those of the others are inferred from their calls.</param>
    /// <returns>The models, by process, system call and errno.</returns>
    public static IReadOnlyList<ErrorModel> Synthesize(ErrorWindow window, ErrorModelOptions options, IReadOnlyDictionary<string, LanguageRuntime>? runtimes = null)
    {
        IReadOnlyDictionary<string, LanguageRuntime> known = options.Marks ? LanguageRuntimes.Of(window, runtimes) : new Dictionary<string, LanguageRuntime>();
        return
        [
            .. window.Series.Select(s => Model(s, options) with { RuntimeInternal = options.Marks ? LanguageRuntimes.IsInternal(known.GetValueOrDefault(s.Process), s.Syscall) : null })
                .OrderBy(m => m.Process, StringComparer.Ordinal).ThenBy(m => m.Syscall.Number).ThenBy(m => m.Errno.Number),
        ];
    }

    /// <summary>One model from bare error rates.</summary>
    /// <param name="syscall">The call.</param>
    /// <param name="errno">Its errno.</param>
    /// <param name="failures">Invocations that ended so in all.</param>
    /// <param name="invocations">All invocations of the call.</param>
    /// <param name="rates">The interval error rates, each above 0, at least one.</param>
    /// <param name="options">The rule and its constants.</param>
    public static ErrorModel Model(Syscall syscall, Errno errno, long failures, long invocations, IEnumerable<double> rates, ErrorModelOptions options) =>
        Model(new ErrorSeries { Process = "", Syscall = syscall, Errno = errno, Failures = failures, Invocations = invocations, Rates = [.. rates.Select(r => new IntervalRate(r, 0))] }, options);

    /// <summary>One model from the error rates of the intervals in which an error occurred.</summary>
    /// <param name="series">The natural error.</param>
    /// <param name="options">The rule and its constants.</param>
    public static ErrorModel Model(ErrorSeries series, ErrorModelOptions options)
    {
        NaturalError natural = Natural(series, options);
        (ErrorModelClass kind, double rate) = Amplify(natural, options);
        return new ErrorModel
        {
            Process = series.Process,
            Syscall = series.Syscall,
            Errno = series.Errno,
            Class = kind,
            InjectedRate = rate,
            InjectionProbability = options.Calibrated ? Calibrated(rate, natural.OverallRate()) : null,
            Weak = natural.Intervals < options.MinimumIntervals || natural.Failures < options.MinimumFailures || natural.Invocations < options.MinimumInvocations,
            Natural = natural,
        };
    }

    /// <summary>
    /// The probability of failing an invocation so that the target rate comes about while natural errors go on, assuming that the two are independent:
    /// p + (1 - p) · natural = target.
    /// </summary>
    /// <param name="target">The rate that is wanted in all, 0 to 1.</param>
    /// <param name="natural">The natural rate, 0 to 1.</param>
    /// <returns>0 to 1; 0 where nature alone fails so many.</returns>
    public static double Calibrated(double target, double natural) => target <= natural ? 0 : (target - natural) / (1 - natural);

    private static NaturalError Natural(ErrorSeries series, ErrorModelOptions options)
    {
        double[] sorted = [.. series.Rates.Select(r => r.Rate).Order()];
        double mean = sorted.Average();
        (double low, double high) = Proportions.Wilson(series.Failures, series.Invocations);
        return new NaturalError
        {
            Failures = series.Failures,
            Invocations = series.Invocations,
            Intervals = sorted.Length,
            RateP5 = Quantiles.OfSorted(sorted, 0.05),
            RateMean = mean,
            RateP95 = Quantiles.OfSorted(sorted, 0.95),
            Variance = sorted.Average(r => (r - mean) * (r - mean)),
            RateWeighted = options.Weighted && series.Invocations > 0 ? series.Failures / (double)series.Invocations : null,
            RateLow = options.Intervals ? low : null,
            RateHigh = options.Intervals ? high : null,
            Bursts = options.Bursts ? Bursts(series) : null,
        };
    }

    private static ErrorBursts? Bursts(ErrorSeries series) => series.Runs == 0 ? null : new ErrorBursts
    {
        Runs = series.Runs,
        // A run that began before the window has failures in it and no beginning, and one call of it at least.
        MeanLength = Math.Max(1, series.Failures / (double)series.Runs),
        MeanSpacing = (series.Invocations - series.Failures) / (double)series.Runs,
    };

    private static (ErrorModelClass Class, double Rate) Amplify(NaturalError natural, ErrorModelOptions options)
    {
        // The two rules part at the floor itself too: Phoebe's code says below, its paper says up to.
        bool sporadic = options.Rule == ErrorModelRule.Ratio ? natural.RateP95 < options.Floor : natural.RateP95 <= options.Floor;
        if (sporadic) return (ErrorModelClass.Sporadic, options.Floor);
        bool fluctuating = options.Rule == ErrorModelRule.Ratio ? natural.RateP95 / natural.RateP5 > options.Ratio : natural.Variance > options.Variance;
        return fluctuating ? (ErrorModelClass.Fluctuating, natural.RateP95) : (ErrorModelClass.Steady, Math.Min(1, natural.RateP95 * options.Factor));
    }
}
