using Falter.Records;

namespace Falter.Model;

/// <summary>From an observation to realistic error models, by Phoebe's coded (ratio) rule.</summary>
public static class ErrorModelSynthesizer
{
    /// <summary>One model for each (system call, errno) that occurred; injected and interrupted invocations are no natural errors.</summary>
    /// <param name="samples">The intervals of the observation.</param>
    /// <param name="options">The rule's constants.</param>
    /// <returns>The models, by system call and errno.</returns>
    public static IReadOnlyList<ErrorModel> Synthesize(IEnumerable<IntervalSample> samples, ErrorModelOptions options)
    {
        var invocations = new Dictionary<Syscall, long>();
        var errors = new Dictionary<(Syscall, Errno), (long Failures, List<double> Rates)>();
        foreach (IntervalSample sample in samples) Add(sample, invocations, errors);
        return
        [
            .. errors.Select(e => Model(e.Key.Item1, e.Key.Item2, e.Value.Failures, invocations[e.Key.Item1], e.Value.Rates, options))
                .OrderBy(m => m.Syscall.Number).ThenBy(m => m.Errno.Number),
        ];
    }

    /// <summary>One model from the error rates of the intervals in which an error occurred.</summary>
    /// <param name="syscall">The call.</param>
    /// <param name="errno">Its errno.</param>
    /// <param name="failures">Invocations that ended so in all.</param>
    /// <param name="invocations">All invocations of the call.</param>
    /// <param name="rates">The interval error rates, each above 0, at least one.</param>
    /// <param name="options">The rule's constants.</param>
    public static ErrorModel Model(Syscall syscall, Errno errno, long failures, long invocations, IEnumerable<double> rates, ErrorModelOptions options)
    {
        double[] sorted = [.. rates.Order()];
        double mean = sorted.Average();
        var natural = new NaturalError
        {
            Failures = failures,
            Invocations = invocations,
            Intervals = sorted.Length,
            RateP5 = Quantiles.OfSorted(sorted, 0.05),
            RateMean = mean,
            RateP95 = Quantiles.OfSorted(sorted, 0.95),
            Variance = sorted.Average(r => (r - mean) * (r - mean)),
        };
        (ErrorModelClass kind, double rate) = Amplify(natural, options);
        return new ErrorModel
        {
            Syscall = syscall,
            Errno = errno,
            Class = kind,
            InjectedRate = rate,
            Weak = natural.Intervals < options.MinimumIntervals || failures < options.MinimumFailures,
            Natural = natural,
        };
    }

    private static (ErrorModelClass Class, double Rate) Amplify(NaturalError natural, ErrorModelOptions options)
    {
        if (natural.RateP95 < options.Floor) return (ErrorModelClass.Sporadic, options.Floor);
        if (natural.RateP95 / natural.RateP5 > options.Ratio) return (ErrorModelClass.Fluctuating, natural.RateP95);
        return (ErrorModelClass.Steady, Math.Min(1, natural.RateP95 * options.Factor));
    }

    private static void Add(IntervalSample sample, Dictionary<Syscall, long> invocations, Dictionary<(Syscall, Errno), (long Failures, List<double> Rates)> errors)
    {
        foreach (IGrouping<Syscall, SyscallRow> call in sample.Rows.Where(r => !r.Injected).GroupBy(r => r.Syscall))
        {
            long total = call.Sum(r => r.Count);
            invocations[call.Key] = invocations.GetValueOrDefault(call.Key) + total;
            foreach (IGrouping<Errno, SyscallRow> error in call.Where(r => r.Outcome.IsError).GroupBy(r => r.Outcome.Errno))
            {
                long failures = error.Sum(r => r.Count);
                if (failures == 0) continue;
                (long before, List<double> rates) = errors.GetValueOrDefault((call.Key, error.Key), (0, []));
                rates.Add(failures / (double)total);
                errors[(call.Key, error.Key)] = (before + failures, rates);
            }
        }
    }
}
