using System.Runtime.InteropServices;
using Falter.Records;

namespace Falter.Model;

/// <summary>From interval samples to the natural errors of a window.</summary>
public static class ErrorWindows
{
    /// <summary>
    /// The natural errors of an observation. An interval in which anything was injected is left out whole: an injected error changes what the other processes of
    /// the target meet, too. Interrupted calls are no errors, but count as invocations.
    /// </summary>
    /// <param name="samples">The intervals.</param>
    /// <param name="byProcess">Whether processes are kept apart; otherwise all are taken together under the empty name.</param>
    public static ErrorWindow Of(IEnumerable<IntervalSample> samples, bool byProcess)
    {
        var invocations = new Dictionary<(string, Syscall), long>();
        var errors = new Dictionary<(string, Syscall, Errno), Tally>();
        int intervals = 0, leftOut = 0;
        long lost = 0;
        foreach (IntervalSample sample in samples)
        {
            lost += sample.Lost;
            if (sample.Rows.Any(r => r.Injected && r.Count > 0))
            {
                leftOut++;
                continue;
            }
            intervals++;
            foreach (IGrouping<(string, Syscall), SyscallRow> call in sample.Rows.GroupBy(r => (byProcess ? r.Process : "", r.Syscall))) Add(call, invocations, errors);
        }
        return new ErrorWindow
        {
            Series = [.. errors.Select(e => e.Value.Series(e.Key, invocations[(e.Key.Item1, e.Key.Item2)]))],
            Invocations = invocations,
            Intervals = intervals,
            LeftOut = leftOut,
            Lost = lost,
        };
    }

    /// <summary>All processes taken together. The rates of their intervals stand side by side, as each source of interval rates alone can have them.</summary>
    public static ErrorWindow Together(ErrorWindow window)
    {
        Dictionary<(string, Syscall), long> invocations = window.Invocations.GroupBy(i => ("", i.Key.Syscall)).ToDictionary(g => g.Key, g => g.Sum(i => i.Value));
        return window with
        {
            Invocations = invocations,
            Series =
            [
                .. window.Series.GroupBy(s => (s.Syscall, s.Errno)).Select(g => g.First() with
                {
                    Process = "",
                    Failures = g.Sum(s => s.Failures),
                    Invocations = invocations.GetValueOrDefault(("", g.Key.Syscall)),
                    Rates = [.. g.SelectMany(s => s.Rates)],
                    Runs = g.Sum(s => s.Runs),
                }),
            ],
        };
    }

    private static void Add(IGrouping<(string, Syscall), SyscallRow> call, Dictionary<(string, Syscall), long> invocations, Dictionary<(string, Syscall, Errno), Tally> errors)
    {
        long total = call.Sum(r => r.Count);
        CollectionsMarshal.GetValueRefOrAddDefault(invocations, call.Key, out _) += total;
        foreach (IGrouping<Errno, SyscallRow> error in call.Where(r => r.Outcome.IsError).GroupBy(r => r.Outcome.Errno))
        {
            long failures = error.Sum(r => r.Count);
            if (failures == 0) continue;
            ref Tally? tally = ref CollectionsMarshal.GetValueRefOrAddDefault(errors, (call.Key.Item1, call.Key.Item2, error.Key), out _);
            tally ??= new Tally();
            tally.Failures += failures;
            tally.Runs += error.Sum(r => r.Runs);
            tally.Rates.Add(new IntervalRate(failures / (double)total, total));
        }
    }

    private sealed class Tally
    {
        public long Failures { get; set; }
        public long Runs { get; set; }
        public List<IntervalRate> Rates { get; } = [];

        public ErrorSeries Series((string Process, Syscall Syscall, Errno Errno) key, long invocations) =>
            new() { Process = key.Process, Syscall = key.Syscall, Errno = key.Errno, Failures = Failures, Invocations = invocations, Rates = Rates, Runs = Runs };
    }
}
