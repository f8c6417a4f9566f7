using System.Diagnostics;
using Falter.Linux.Ebpf;
using Falter.Linux.Proc;
using Falter.Records;

namespace Falter.Observe;

/// <summary>Turns totals, which only grow, into intervals: what has grown since the last reading. Not for use by several threads at once.</summary>
/// <param name="tellsSkipped">Whether the rows tell which calls skipped the kernel's entry (<see cref="SyscallRow.EntrySkipped"/>).</param>
internal sealed class SyscallReadings(bool tellsSkipped)
{
    private readonly InjectionMarks _injections = new(tellsSkipped);
    private readonly HashSet<string> _ringUsers = [];
    private Dictionary<SyscallIdentity, SyscallTotals> _last = [];
    private long _lastRead = Stopwatch.GetTimestamp();

    /// <summary>The totals of the last reading.</summary>
    public IReadOnlyList<SyscallRow> Totals => [.. _last.Select(one => Row(one.Key, one.Value, default))];

    /// <summary>What could not be counted up to the last reading.</summary>
    public long Lost { get; private set; }

    /// <summary>Names of processes that use io_uring, as far as was seen.</summary>
    public IReadOnlyList<string> RingUsers => [.. _ringUsers.Order(StringComparer.Ordinal)];

    /// <summary>
    /// Asks injectors: when the monitor begins, for what came before; between two readings, for one that ends before the next would not be heard; and at a
    /// reading after the counters were read. Without the monitor's lock.
    /// </summary>
    public void AskInjectors() => _injections.Ask();

    /// <summary>Looks for rings that running processes hold: those may need no call any more (IORING_SETUP_SQPOLL).</summary>
    public void SeeRings(IReadOnlyCollection<int> pids, bool withDescendants)
    {
        IEnumerable<ProcessStat> processes = withDescendants ? ProcessTable.WithDescendants(pids) : pids.Select(ProcessStat.Read).OfType<ProcessStat>();
        foreach (ProcessStat process in processes.Where(p => IoUring.IsHeldBy(p.Pid))) _ringUsers.Add(process.Name);
    }

    /// <summary>The interval since the last reading.</summary>
    /// <param name="time">Its end.</param>
    /// <param name="now">Everything counted so far.</param>
    /// <param name="lost">Everything not counted so far.</param>
    public IntervalSample Next(DateTimeOffset time, Dictionary<SyscallIdentity, SyscallTotals> now, long lost)
    {
        long timestamp = Stopwatch.GetTimestamp();
        SyscallRow[] rows = [.. now.Select(one => Row(one.Key, one.Value, _last.GetValueOrDefault(one.Key))).Where(row => row.Count > 0)];
        foreach (SyscallRow row in rows.Where(r => IoUring.IsCall(r.Syscall) && r.Outcome.IsSuccess)) _ringUsers.Add(row.Process);
        var sample = new IntervalSample
        {
            Time = time,
            IntervalSeconds = Stopwatch.GetElapsedTime(_lastRead, timestamp).TotalSeconds,
            Rows = _injections.Apply(rows, now.Keys.Select(k => k.Process).ToHashSet()),
            Lost = lost - Lost,
        };
        (_last, Lost, _lastRead) = (now, lost, timestamp);
        return sample;
    }

    private static SyscallRow Row(in SyscallIdentity identity, in SyscallTotals now, in SyscallTotals before) => new()
    {
        Process = identity.Process,
        Syscall = identity.Syscall,
        Outcome = identity.Outcome,
        EntrySkipped = identity.EntrySkipped,
        Count = now.Count - before.Count,
        TotalNs = now.TotalNs - before.TotalNs,
        Runs = now.Runs - before.Runs,
        Latency = Difference(now.ByNs, before.ByNs),
    };

    /// <summary>The buckets' growth. Buckets wrap at 2^32, of which the difference takes no note.</summary>
    private static LatencyHistogram? Difference(uint[] now, uint[]? before)
    {
        Span<long> growth = stackalloc long[LatencyHistogram.BucketCount];
        for (int i = 0; i < growth.Length; i++) growth[i] = unchecked(now[i] - (before?[i] ?? 0));
        return LatencyHistogram.Of(growth);
    }
}
