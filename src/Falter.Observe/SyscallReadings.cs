using System.Diagnostics;
using Falter.Linux.Ebpf;
using Falter.Records;

namespace Falter.Observe;

/// <summary>Turns totals, which only grow, into intervals: what has grown since the last reading. Not for use by several threads at once.</summary>
internal sealed class SyscallReadings
{
    private Dictionary<SyscallIdentity, SyscallTotals> _last = [];
    private long _lastRead = Stopwatch.GetTimestamp();

    /// <summary>The totals of the last reading.</summary>
    public IReadOnlyList<SyscallRow> Totals => [.. _last.Select(one => Row(one.Key, one.Value, default))];

    /// <summary>What could not be counted up to the last reading.</summary>
    public long Lost { get; private set; }

    /// <summary>The interval since the last reading.</summary>
    /// <param name="time">Its end.</param>
    /// <param name="now">Everything counted so far.</param>
    /// <param name="lost">Everything not counted so far.</param>
    public IntervalSample Next(DateTimeOffset time, Dictionary<SyscallIdentity, SyscallTotals> now, long lost)
    {
        long timestamp = Stopwatch.GetTimestamp();
        var sample = new IntervalSample
        {
            Time = time,
            IntervalSeconds = Stopwatch.GetElapsedTime(_lastRead, timestamp).TotalSeconds,
            Rows = [.. now.Select(one => Row(one.Key, one.Value, _last.GetValueOrDefault(one.Key))).Where(row => row.Count > 0)],
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
