using Falter.Linux.Ebpf;
using Falter.Records;

namespace Falter.Observe;

/// <summary>
/// Counts calls by process name, system call and outcome, within the same bounds as the kernel's tables have for the eBPF programs, so that a program that
/// runs for a month needs no more memory than one that runs for a minute. Not for use by several threads at once.
/// </summary>
internal sealed class SyscallCounters(SyscallMonitorOptions options)
{
    private readonly Dictionary<SyscallIdentity, Counter> _counters = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>Calls that found no room.</summary>
    public long Lost { get; private set; }

    /// <summary>Counts one call.</summary>
    /// <param name="identity">What it is counted as.</param>
    /// <param name="ns">How long it took; not used where latency is not measured.</param>
    /// <param name="thread">The thread that made it, which knows how its last call ended.</param>
    public void Count(in SyscallIdentity identity, long ns, TracedThread thread)
    {
        if (Find(identity) is not { } counter)
        {
            Lost++;
            return;
        }
        counter.Count++;
        if (thread.BeginsRun(identity.Syscall, identity.Outcome)) counter.Runs++;
        if (!options.MeasureLatency) return;
        counter.TotalNs += ns;
        counter.ByNs[LatencyHistogram.BucketOf(ns)]++;
    }

    /// <summary>A copy of everything counted so far.</summary>
    public Dictionary<SyscallIdentity, SyscallTotals> Read() =>
        _counters.ToDictionary(one => one.Key, one => new SyscallTotals(one.Value.Count, one.Value.TotalNs, one.Value.Runs, (uint[])one.Value.ByNs.Clone()));

    private Counter? Find(in SyscallIdentity identity)
    {
        if (_counters.TryGetValue(identity, out Counter? counter)) return counter;
        if (_counters.Count >= options.MaxRows || (!_names.Contains(identity.Process) && _names.Count >= options.MaxNames)) return null;
        _names.Add(identity.Process);
        return _counters[identity] = new Counter();
    }

    private sealed class Counter
    {
        public long Count, TotalNs, Runs;
        public readonly uint[] ByNs = new uint[LatencyHistogram.BucketCount];
    }
}
