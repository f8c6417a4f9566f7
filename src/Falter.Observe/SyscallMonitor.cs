using System.Diagnostics;
using Falter.Linux.Ebpf;
using Falter.Linux.Proc;
using Falter.Records;

namespace Falter.Observe;

/// <summary>
/// Counts the system calls of followed processes in the kernel, exactly: every call that a followed thread entered after it was followed, and that
/// returned, is in one <see cref="Read"/>, once. The members are for any thread, one after the other.
/// </summary>
public sealed class SyscallMonitor : IDisposable
{
    private readonly Lock _lock = new();
    private readonly SyscallPrograms _programs;
    private readonly SyscallMonitorOptions _options;
    private readonly HashSet<string> _ringUsers = [];
    private readonly InjectionMarks _injections = new();
    private Dictionary<SyscallIdentity, SyscallTotals> _last = [];
    private long _lastLost;
    private long _lastRead = Stopwatch.GetTimestamp();

    private SyscallMonitor(SyscallPrograms programs, SyscallMonitorOptions options)
    {
        _programs = programs;
        _options = options;
    }

    /// <summary>Everything counted up to the last <see cref="Read"/>, since the monitor was opened.</summary>
    public IReadOnlyList<SyscallRow> Totals
    {
        get
        {
            lock (_lock) return [.. _last.Select(one => Row(one.Key, one.Value, default))];
        }
    }

    /// <summary>
    /// Invocations that could not be counted, up to the last <see cref="Read"/>, since the monitor was opened. A thread that the kernel had no memory to
    /// follow counts as one.
    /// </summary>
    public long Lost
    {
        get
        {
            lock (_lock) return _lastLost;
        }
    }

    /// <summary>Ends of processes that were not told, since the monitor was opened: more than <see cref="SyscallMonitorOptions.MaxEnds"/> at once.</summary>
    public long LostEnds
    {
        get
        {
            lock (_lock) return _programs.ReadLosses().Ends;
        }
    }

    /// <summary>
    /// Names of followed processes that hand operations to the kernel through io_uring, up to the last <see cref="Read"/>. Those operations are no system
    /// calls: the monitor is blind to them.
    /// </summary>
    public IReadOnlyList<string> RingUsers
    {
        get
        {
            lock (_lock) return [.. _ringUsers.Order(StringComparer.Ordinal)];
        }
    }

    /// <summary>
    /// How often counting began anew after nothing had been followed (<see cref="SyscallMonitorOptions.IdleDetach"/>): the first moments of a process were
    /// missed each time.
    /// </summary>
    public int Resumptions { get; private set; }

    /// <summary>Whether the programs that count are out of the kernel because nothing is followed; then <see cref="LookAgain"/> is urgent.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_lock) return !_programs.IsCounting;
        }
    }

    /// <summary>Followed processes that have not ended, at this moment.</summary>
    public int Alive
    {
        get
        {
            lock (_lock) return _programs.CountAlive();
        }
    }

    /// <summary>Loads the monitor into the kernel. It slows every system call of the machine a little until it is disposed.</summary>
    /// <exception cref="FalterException"><c>not-root</c>, <c>feature-missing</c> or <c>prerequisite-missing</c>.</exception>
    public static SyscallMonitor Open(SyscallMonitorOptions options)
    {
        SyscallPrograms programs = SyscallPrograms.Open(
            new SyscallProgramsOptions(options.FollowChildren, options.MeasureLatency, options.MaxRows, options.MaxNames, options.MaxEnds, options.Selection));
        var monitor = new SyscallMonitor(programs, options);
        if (!options.Selection.Roots) monitor.FollowMatching();
        return monitor;
    }

    /// <summary>
    /// Makes a running process the target: all its threads, and (unless <see cref="SyscallMonitorOptions.FollowChildren"/> is off) all its descendants. A call
    /// that is under way is not counted. To follow a process again is no error and changes nothing.
    /// </summary>
    /// <exception cref="FalterException"><c>target-not-found</c>, <c>target-refused</c> or <c>target-exited</c>.</exception>
    public void Follow(int pid)
    {
        ProcessStat process = TargetProcess.Check(pid);
        lock (_lock)
        {
            int adopted = _programs.Follow([pid]);
            if (_options.FollowChildren) FollowDescendants(pid);
            SeeRings([pid]);
            // Ended before it was followed: nobody would ever be told.
            if (adopted == 0 && ProcessStat.Read(pid) is not { HasEnded: false }) throw FalterException.Usage("target-exited", $"-p {pid}: '{process.Name}' has ended");
        }
    }

    /// <summary>
    /// Follows running processes that have come to match the selection since the last look: by another name, or by being moved into a group. Calls that
    /// they made between are not counted; so this is to be called often. Processes that begin are followed without it. With
    /// <see cref="SyscallMonitorOptions.IdleDetach"/> it also takes the counting out of the kernel and back.
    /// </summary>
    public void LookAgain()
    {
        lock (_lock)
        {
            _injections.Ask();
            if (_programs.MayFindMore()) FollowMatching();
            if (!_options.IdleDetach || _options.Selection.Roots) return;
            bool idle = _programs.CountAlive() == 0;
            if (idle == !_programs.IsCounting) return;
            if (idle) _programs.Pause();
            else
            {
                _programs.Resume();
                Resumptions++;
            }
        }
    }

    /// <summary>What was counted since the last call, or since the monitor was opened.</summary>
    /// <param name="time">The time of the reading: the end of the interval.</param>
    public IntervalSample Read(DateTimeOffset time)
    {
        lock (_lock)
        {
            Dictionary<SyscallIdentity, SyscallTotals> now = _programs.ReadCounters().ToDictionary(one => one.Identity, one => one.Totals);
            _injections.Ask();
            SyscallLosses losses = _programs.ReadLosses();
            long lost = losses.Invocations + losses.Threads;
            long timestamp = Stopwatch.GetTimestamp();
            var sample = new IntervalSample
            {
                Time = time,
                IntervalSeconds = Stopwatch.GetElapsedTime(_lastRead, timestamp).TotalSeconds,
                Rows = [.. now.Select(one => Row(one.Key, one.Value, _last.GetValueOrDefault(one.Key))).Where(row => row.Count > 0)],
                Lost = lost - _lastLost,
            };
            (_last, _lastLost, _lastRead) = (now, lost, timestamp);
            sample = sample with { Rows = _injections.Apply(sample.Rows, now.Keys.Select(k => k.Process).ToHashSet()) };
            foreach (SyscallRow row in sample.Rows.Where(r => IoUring.IsCall(r.Syscall))) _ringUsers.Add(row.Process);
            return sample;
        }
    }

    /// <summary>The followed processes that ended since the last call, in the order of their ends.</summary>
    public IReadOnlyList<ProcessEnd> TakeEnds()
    {
        lock (_lock) return [.. _programs.TakeEnds().Select(end => ProcessEnd.Of(end.Pid, end.Process, end.Status, end.MonotonicNs))];
    }

    /// <summary>Takes the monitor out of the kernel.</summary>
    public void Dispose()
    {
        lock (_lock) _programs.Dispose();
    }

    private void FollowMatching()
    {
        _programs.FollowMatching();
        SeeRings(_options.Selection.RunningRoots([]));
    }

    // Rings that were made before the process was followed, and may need no call any more (IORING_SETUP_SQPOLL).
    private void SeeRings(IReadOnlyCollection<int> pids)
    {
        IEnumerable<ProcessStat> processes = _options.FollowChildren ? ProcessTable.WithDescendants(pids) : pids.Select(ProcessStat.Read).OfType<ProcessStat>();
        foreach (ProcessStat process in processes.Where(p => IoUring.IsHeldBy(p.Pid))) _ringUsers.Add(process.Name);
    }

    private void FollowDescendants(int pid)
    {
        int adopted;
        do
        {
            // A descendant that was born after its parent was followed is followed already; so the search ends when it adopts nobody.
            adopted = _programs.Follow([.. ProcessTable.Descendants([pid]).Where(p => !p.HasEnded && !p.IsKernelThread).Select(p => p.Pid)]);
        } while (adopted > 0);
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
