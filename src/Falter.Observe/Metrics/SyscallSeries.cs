using System.Runtime.InteropServices;
using Falter.Records;

namespace Falter.Observe;

/// <summary>Whose calls are counted together.</summary>
internal readonly record struct CallIdentity(string Process, Syscall Syscall, Outcome Outcome, bool Injected);

/// <summary>Calls that were counted together, since the begin and in the last interval.</summary>
internal sealed class CallTotals
{
    public long Count { get; private set; }
    public long MeasuredNs { get; private set; }
    public long Measured { get; private set; }
    public long LastCount { get; private set; }
    public long LastMeasuredNs { get; private set; }
    public long LastMeasured { get; private set; }

    public void Add(SyscallRow row)
    {
        Count += row.Count;
        LastCount += row.Count;
        if (row.Latency is not { } latency) return;
        long measured = latency.Count;
        Measured += measured;
        LastMeasured += measured;
        MeasuredNs += row.TotalNs;
        LastMeasuredNs += row.TotalNs;
    }

    public void BeginInterval() => (LastCount, LastMeasuredNs, LastMeasured) = (0, 0, 0);
}

/// <summary>Latencies that are published together.</summary>
internal sealed class DurationTotals
{
    public long SumNs { get; private set; }
    public long[] Cumulative { get; } = new long[LatencyBounds.Count];

    public void Add(long totalNs, LatencyHistogram latency)
    {
        SumNs += totalNs;
        LatencyBounds.AddTo(latency, Cumulative);
    }
}

/// <summary>Adds up the rows of readings. For one thread at a time.</summary>
internal sealed class SyscallSeries(SeriesBudget budget, bool phoebeNames)
{
    // One for each bucket, _sum and _count.
    private const int SeriesOfHistogram = LatencyBounds.Count + 2;

    private readonly Dictionary<CallIdentity, CallTotals> _calls = [];
    private readonly Dictionary<(string Process, Syscall Syscall, string Outcome), DurationTotals> _durations = [];
    private Dictionary<(string Process, Syscall Syscall), long> _lastCalls = [];

    public IReadOnlyDictionary<CallIdentity, CallTotals> Calls => _calls;
    public IReadOnlyDictionary<(string Process, Syscall Syscall, string Outcome), DurationTotals> Durations => _durations;

    public void Add(IntervalSample sample)
    {
        foreach (CallTotals totals in _calls.Values) totals.BeginInterval();
        _lastCalls = [];
        foreach (SyscallRow row in sample.Rows)
        {
            CallIdentity identity = IdentityOf(row);
            CollectionsMarshal.GetValueRefOrAddDefault(_lastCalls, (identity.Process, identity.Syscall), out _) += row.Count;
            if (TotalsOf(identity) is not { } totals) continue;
            totals.Add(row);
            if (!row.Injected && row.Latency is { } latency) DurationsOf(identity)?.Add(row.TotalNs, latency);
        }
    }

    /// <summary>Which share of its process's calls to this system call ended so, in the last interval.</summary>
    public double LastShare(in CallIdentity identity, CallTotals totals) => (double)totals.LastCount / _lastCalls[(identity.Process, identity.Syscall)];

    /// <summary><c>success</c>, <c>error</c> or <c>interrupted</c>.</summary>
    public static string WordOf(Outcome outcome) => outcome.IsError ? "error" : outcome.ToString();

    // The five codes of an interrupted call are one outcome; a process may have no name, and a label without a value is no label.
    private static CallIdentity IdentityOf(SyscallRow row)
    {
        Outcome outcome = row.Outcome.IsInterrupted ? new Outcome(512) : row.Outcome;
        return new CallIdentity(row.Process.Length == 0 ? "?" : row.Process, row.Syscall, outcome, row.Injected);
    }

    private CallTotals? TotalsOf(in CallIdentity identity)
    {
        if (_calls.TryGetValue(identity, out CallTotals? totals)) return totals;
        // Its counter, its ratio, and Phoebe's counterparts with a sum and a mean of latencies.
        int series = (identity.Outcome.IsError ? 2 : 1) * (phoebeNames ? 2 : 1) + (phoebeNames ? 2 : 0);
        return budget.TryTake(series) ? _calls[identity] = new CallTotals() : null;
    }

    private DurationTotals? DurationsOf(in CallIdentity identity)
    {
        (string, Syscall, string) key = (identity.Process, identity.Syscall, WordOf(identity.Outcome));
        if (_durations.TryGetValue(key, out DurationTotals? totals)) return totals;
        return budget.TryTake(SeriesOfHistogram) ? _durations[key] = new DurationTotals() : null;
    }
}
