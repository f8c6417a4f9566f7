using System.Diagnostics;
using Falter.Linux;
using Falter.Linux.Ebpf;
using Falter.Linux.Features;
using Falter.Linux.Launch;
using Falter.Linux.Proc;
using Falter.Linux.Ptrace;
using Falter.Records;

namespace Falter.Observe;

/// <summary>
/// Counts by ptrace, without root and without eBPF: launched commands and the user's own processes. Every call of the target stops twice (some 20 to 200 µs
/// a call), and the latencies hold one of these stops. Nothing stays behind: when this process ends in whatever way, the kernel detaches.
/// </summary>
/// <remarks>
/// Two things that the kernel's programs see are not told to a tracer: that a seccomp filter decided a call (<see cref="SyscallRow.EntrySkipped"/> is never
/// set; the call is counted with the others), and the return of a call that the end of its thread cuts off (exit_group of another thread, SIGKILL). And a
/// traced thread is woken by signals that it ignores, so a call that waits may be counted as interrupted and, made again, once more.
/// </remarks>
public sealed class PtraceSyscallMonitor : TracerThread, ISyscallMonitor
{
    private readonly Lock _lock = new();
    private readonly SyscallMonitorOptions _options;
    private readonly SyscallCounters _counters;
    private readonly SyscallReadings _readings = new(tellsSkipped: false);
    private readonly Dictionary<int, TracedThread> _threads = [];
    private readonly Dictionary<int, TracedProcess> _processes = [];
    private readonly Queue<ProcessEnd> _ends = [];

    // Threads that ended before their creator's stop told of them, with their wait status where nothing else was known of them: they must not be taken for new then.
    private readonly Dictionary<int, PtraceStop?> _endedUnannounced = [];
    private long _lostEnds;
    private bool _disposed;

    private PtraceSyscallMonitor(SyscallMonitorOptions options) : base("falter-monitor")
    {
        _options = options;
        _counters = new SyscallCounters(options);
        _readings.AskInjectors();
    }

    /// <inheritdoc/>
    public string Mechanism => "ptrace";

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
            lock (_lock) return _lostEnds;
        }
    }

    /// <inheritdoc/>
    public int Alive
    {
        get
        {
            lock (_lock) return _processes.Count;
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
    public int Resumptions => 0;

    /// <inheritdoc/>
    public bool IsIdle => false;

    /// <inheritdoc/>
    protected override bool WantsSyscalls => true;

    /// <inheritdoc/>
    protected override bool FollowsChildren => _options.FollowChildren;

    /// <inheritdoc/>
    protected override bool StaysWithoutTracees => true;

    /// <summary>Prepares the tracer; it traces nobody yet and costs nothing.</summary>
    /// <exception cref="FalterException"><c>feature-missing</c>: something forbids ptrace altogether.</exception>
    public static PtraceSyscallMonitor Open(SyscallMonitorOptions options)
    {
        FeatureCatalogue.PtraceSeize.Require();
        var monitor = new PtraceSyscallMonitor(options);
        monitor.Start();
        return monitor;
    }

    /// <inheritdoc/>
    public void Follow(int pid)
    {
        ProcessStat process = TargetProcess.Check(pid);
        lock (_lock)
        {
            if (_processes.ContainsKey(pid)) return;
        }
        TargetProcess.RequireUntraced(process);
        if (FollowsChildren && ProcessTable.Descendants([pid]).Any(p => p.Pid == Environment.ProcessId))
        {
            throw FalterException.Usage("target-refused", $"-p {pid}: Falter itself descends from '{process.Name}' and cannot trace itself; start Falter from elsewhere");
        }
        IReadOnlyList<(ProcessStat Process, int Tid)> seized = [];
        Exception? failure = null;
        OnThread(() =>
        {
            try
            {
                seized = SeizeAll([pid]);
                lock (_lock)
                {
                    foreach ((ProcessStat owner, int tid) in seized) Add(tid, owner.Pid, owner.Name, isAnnounced: true).Attach();
                }
                // Each stops once, and then at every call.
                foreach ((_, int tid) in seized) Interrupt(tid);
            }
            catch (LinuxException e)
            {
                failure = e;
            }
        });
        if (failure is LinuxException { Errno: var errno } && errno == Errno.EPERM) throw NotPermitted(process);
        if (failure is not null) throw failure;
        lock (_lock) _readings.SeeRings([pid], FollowsChildren);
        if (seized.Count == 0) throw FalterException.Usage("target-exited", $"-p {pid}: '{process.Name}' has ended");
    }

    /// <inheritdoc/>
    public LaunchedProcess Launch(LaunchOptions options) => Launch(options, stopped =>
    {
        lock (_lock) Add(stopped.Tid, stopped.Tid, NameOf(stopped.Tid) ?? "", isAnnounced: true);
    });

    /// <inheritdoc/>
    public IntervalSample Read(DateTimeOffset time)
    {
        // A tracer that broke down counts no more: to go on would tell of an idle target.
        if (Ended.Exception is { } broken) throw broken.GetBaseException();
        Dictionary<SyscallIdentity, SyscallTotals> now;
        long lost;
        lock (_lock) (now, lost) = (_counters.Read(), _counters.Lost);
        _readings.AskInjectors();
        lock (_lock) return _readings.Next(time, now, lost);
    }

    /// <inheritdoc/>
    public void LookAgain()
    {
        _readings.AskInjectors();
    }

    /// <inheritdoc/>
    public IReadOnlyList<ProcessEnd> TakeEnds()
    {
        lock (_lock)
        {
            ProcessEnd[] ends = [.. _ends];
            _ends.Clear();
            return ends;
        }
    }

    /// <summary>Lets the target go on alone.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        Release();
    }

    /// <inheritdoc/>
    protected override void Run() => Follow();

    /// <inheritdoc/>
    protected override Resumption OnSyscall(StoppedTracee stopped)
    {
        long now = Stopwatch.GetTimestamp();
        if (!_threads.TryGetValue(stopped.Tid, out TracedThread? thread)) return Resumption.AtOnce;
        ptrace_syscall_info info = stopped.SyscallInfo;
        if (info.op == ptrace_syscall_info.Entry)
        {
            thread.Enter(info);
        }
        else if (info.op == ptrace_syscall_info.Exit && thread.Exit(stopped, info) is { } call)
        {
            lock (_lock) _counters.Count(new SyscallIdentity(thread.Process.Name, call.Syscall, call.Outcome, EntrySkipped: false), now - call.EnteredNs, thread);
        }
        return Resumption.AtOnce;
    }

    /// <inheritdoc/>
    protected override bool OnFirstStop(StoppedTracee stopped)
    {
        int tid = stopped.Tid;
        lock (_lock)
        {
            // A number of a thread that has ended is free again.
            _endedUnannounced.Remove(tid);
            if (_threads.ContainsKey(tid)) return true;
            if (ProcessStatus.Read(tid) is not { } status) return true;
            if (_processes.TryGetValue(status.ProcessId, out TracedProcess? own))
            {
                _threads[tid] = new TracedThread(own, isAnnounced: false);
                return true;
            }
            if (!FollowsChildren) return false;
            // Its parent is its creator, unless it asked for another (CLONE_PARENT) or the creator is gone.
            string? name = _processes.TryGetValue(status.ParentPid, out TracedProcess? parent) ? parent.Name : NameOf(tid);
            Add(tid, status.ProcessId, name ?? "", isAnnounced: false);
            return true;
        }
    }

    /// <inheritdoc/>
    protected override void OnInterrupted(StoppedTracee stopped)
    {
        if (_threads.TryGetValue(stopped.Tid, out TracedThread? thread)) thread.Interrupted(stopped);
    }

    /// <inheritdoc/>
    protected override void OnCreated(StoppedTracee creator, int tid)
    {
        lock (_lock)
        {
            if (_threads.TryGetValue(tid, out TracedThread? known))
            {
                known.IsAnnounced = true;
                return;
            }
            bool isOver = _endedUnannounced.Remove(tid, out PtraceStop? end);
            if ((isOver && end is null) || !_threads.TryGetValue(creator.Tid, out TracedThread? thread)) return;
            // Its first stop, or its end by SIGKILL without one, is to come or has been.
            bool isProcess = creator.Stop.IsNewProcess || (!isOver && ProcessStatus.Read(tid)?.ProcessId == tid);
            if (isProcess && !FollowsChildren) return;
            Add(tid, isProcess ? tid : thread.Process.Pid, thread.Process.Name, isAnnounced: true);
            if (end is { } stop) End(tid, stop);
        }
    }

    /// <inheritdoc/>
    protected override void OnExec(StoppedTracee stopped, int former)
    {
        lock (_lock)
        {
            if (!_threads.Remove(former, out TracedThread? thread)) return;
            foreach (int other in _threads.Where(t => t.Value.Process == thread.Process).Select(t => t.Key).ToArray()) _threads.Remove(other);
            thread.Process.Name = NameOf(stopped.Tid) ?? thread.Process.Name;
            _threads[stopped.Tid] = thread;
        }
    }

    /// <inheritdoc/>
    protected override void OnEnded(int tid, PtraceStop stop)
    {
        lock (_lock)
        {
            if (_threads.ContainsKey(tid)) End(tid, stop);
            else _endedUnannounced[tid] = stop;
        }
    }

    /// <inheritdoc/>
    protected override void OnForgotten(int tid)
    {
    }

    /// <inheritdoc/>
    protected override void OnAllGone()
    {
        lock (_lock)
        {
            _threads.Clear();
            _processes.Clear();
            _endedUnannounced.Clear();
        }
    }

    private static string? NameOf(int pid) => ProcessStat.Read(pid)?.Name;

    private static FalterException NotPermitted(ProcessStat process)
    {
        string reason = FeatureCatalogue.PtraceAttach.WhyNot() is { } yama && ProcessTable.IsOwn(process.Pid)
            ? $"{yama}: without root only processes that Falter launched can be traced"
            : "it belongs to another user, or has privileges that this user does not have";
        return FalterException.Cannot("not-root",
            $"-p {process.Pid}: the kernel does not let this user trace '{process.Name}' (EPERM): {reason}; run Falter as root, or let it launch the target (-- COMMAND)");
    }

    private TracedThread Add(int tid, int pid, string name, bool isAnnounced)
    {
        if (!_processes.TryGetValue(pid, out TracedProcess? process)) _processes[pid] = process = new TracedProcess(pid, name);
        return _threads[tid] = new TracedThread(process, isAnnounced);
    }

    private void End(int tid, PtraceStop stop)
    {
        _threads.Remove(tid, out TracedThread? thread);
        if (!thread!.IsAnnounced) _endedUnannounced[tid] = null;
        // The first thread's end is told last, and is the process's.
        if (thread.Process.Pid != tid) return;
        _processes.Remove(tid);
        if (_ends.Count >= _options.MaxEnds) _lostEnds++;
        else _ends.Enqueue(ProcessEnd.Of(tid, thread.Process.Name, stop.Status, Stopwatch.GetTimestamp()));
    }
}
