using Falter.Linux.Ebpf;
using Falter.Linux.Launch;
using Falter.Linux.Proc;
using Falter.Records;

namespace Falter.Observe;

/// <summary>
/// Counts in the kernel, by eBPF: every call that a followed thread entered after it was followed, and that returned, is in one <see cref="Read"/>, once.
/// </summary>
public sealed class SyscallMonitor : ISyscallMonitor
{
    private readonly Lock _lock = new();
    private readonly SyscallPrograms _programs;
    private readonly SyscallMonitorOptions _options;
    private readonly SyscallReadings _readings = new(tellsSkipped: true);

    private SyscallMonitor(SyscallPrograms programs, SyscallMonitorOptions options)
    {
        _programs = programs;
        _options = options;
        _readings.AskInjectors();
    }

    /// <inheritdoc/>
    public string Mechanism => "ebpf";

    /// <inheritdoc/>
    public IReadOnlyList<SyscallRow> Totals
    {
        get
        {
            lock (_lock) return _readings.Totals;
        }
    }

    /// <inheritdoc/>
    public long Lost
    {
        get
        {
            lock (_lock) return _readings.Lost;
        }
    }

    /// <inheritdoc/>
    public long LostEnds
    {
        get
        {
            lock (_lock) return _programs.ReadLosses().Ends;
        }
    }

    /// <inheritdoc/>
    public int Alive
    {
        get
        {
            lock (_lock) return _programs.CountAlive();
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> RingUsers
    {
        get
        {
            lock (_lock) return _readings.RingUsers;
        }
    }

    /// <inheritdoc/>
    public int Resumptions { get; private set; }

    /// <inheritdoc/>
    public bool IsIdle
    {
        get
        {
            lock (_lock) return !_programs.IsCounting;
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

    /// <inheritdoc/>
    public void Follow(int pid)
    {
        ProcessStat process = TargetProcess.Check(pid);
        lock (_lock)
        {
            int adopted = _programs.Follow([pid]);
            if (_options.FollowChildren) FollowDescendants(pid);
            _readings.SeeRings([pid], _options.FollowChildren);
            // Ended before it was followed: nobody would ever be told.
            if (adopted == 0 && ProcessStat.Read(pid) is not { HasEnded: false }) throw FalterException.Usage("target-exited", $"-p {pid}: '{process.Name}' has ended");
        }
    }

    /// <inheritdoc/>
    public LaunchedProcess Launch(LaunchOptions options) => Launcher.Launch(options, stopped => Follow(stopped.Tid));

    /// <inheritdoc/>
    public IntervalSample Read(DateTimeOffset time)
    {
        Dictionary<SyscallIdentity, SyscallTotals> now = [];
        SyscallLosses losses;
        lock (_lock)
        {
            // Names that differ in bytes which are no text are one name to the reader.
            foreach ((SyscallIdentity identity, SyscallTotals totals) in _programs.ReadCounters())
            {
                now[identity] = now.TryGetValue(identity, out SyscallTotals others) ? others + totals : totals;
            }
            losses = _programs.ReadLosses();
        }
        _readings.AskInjectors();
        lock (_lock) return _readings.Next(time, now, losses.Invocations + losses.Threads);
    }

    /// <inheritdoc/>
    public void LookAgain()
    {
        _readings.AskInjectors();
        lock (_lock)
        {
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

    /// <inheritdoc/>
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
        _readings.SeeRings(_options.Selection.RunningRoots([]), _options.FollowChildren);
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
}
