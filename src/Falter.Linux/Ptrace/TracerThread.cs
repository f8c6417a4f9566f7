using System.Diagnostics;
using Falter.Linux.Proc;
using Falter.Linux.Interop;
using Falter.Linux.Launch;
using Falter.Records;

namespace Falter.Linux.Ptrace;

/// <summary>
/// One tracer: a thread that seizes processes with all their threads and descendants, follows what they create, and hands every stop to its heir.
/// The end of the thread is the end of the tracing: the kernel lets all tracees run on, as it does when the whole process is killed.
/// </summary>
public abstract class TracerThread(string name) : WakeableThread(name)
{
    // What a thread is in the middle of takes microseconds; one that was stopped meanwhile by its user is not waited for.
    private static readonly TimeSpan s_releaseLimit = TimeSpan.FromSeconds(1);

    // Threads are born by clone alone, but a process may be, too: OnFirstStop is there to let go of it where children are not wanted.
    private const PtraceOptions WithThreads = PtraceOptions.PTRACE_O_TRACESYSGOOD | PtraceOptions.PTRACE_O_TRACECLONE | PtraceOptions.PTRACE_O_TRACEEXEC;
    private const PtraceOptions WithChildren = WithThreads | PtraceOptions.PTRACE_O_TRACEFORK | PtraceOptions.PTRACE_O_TRACEVFORK;

    private readonly Dictionary<int, RunningTracee> _tracees = [];
    private readonly Lock _traceesLock = new();
    private readonly HeldTracees _held = new();
    private readonly TracerPlacement _placement = new();
    private long? _releaseBy;

    /// <summary>The threads that are traced now.</summary>
    public IReadOnlyList<int> Tids
    {
        get
        {
            lock (_traceesLock) return [.. _tracees.Keys];
        }
    }

    /// <summary>Whether every tracee has ended.</summary>
    public bool TargetGone { get; private set; }

    /// <summary>Whether a thread must stop at its next system call. Asked at every resume.</summary>
    protected abstract bool WantsSyscalls { get; }

    /// <summary>Whether one thread must. Default: as all.</summary>
    protected virtual bool WantsSyscallsOf(int tid) => WantsSyscalls;

    /// <summary>Whether a thread is in the middle of something that the tracer began: releasing waits for it, for a second at most. Default: no.</summary>
    protected virtual bool HasUnfinished => false;

    /// <summary>Whether the thread runs on the processor that its tracees stop on (<see cref="TracerPlacement"/>). Default: no.</summary>
    protected virtual bool StaysNearTracees => false;

    /// <summary>The processor that the thread is kept on; null while it is free.</summary>
    internal int? Processor => _placement.Processor;

    /// <summary>Whether processes that a tracee creates are traced too. Threads always are. Default: yes.</summary>
    protected virtual bool FollowsChildren => true;

    /// <summary>Whether the thread waits for work when nobody is left to trace, instead of ending. Default: no.</summary>
    protected virtual bool StaysWithoutTracees => false;

    /// <summary>A thread is at the entry or exit of a system call. Must not resume it.</summary>
    protected abstract Resumption OnSyscall(StoppedTracee stopped);

    /// <summary>A thread has ended, or has another program.</summary>
    protected abstract void OnForgotten(int tid);

    /// <summary>A thread or process that a tracee created is in its first stop: nothing of it has run.</summary>
    /// <returns>Whether it is to be traced.</returns>
    protected virtual bool OnFirstStop(StoppedTracee stopped) => true;

    /// <summary>A thread that was held has been held long enough, or <see cref="EndHolds"/> was called. Must not resume it.</summary>
    protected virtual Resumption OnHeld(StoppedTracee stopped) => Resumption.AtOnce;

    /// <summary>A thread is about to get a signal (<see cref="PtraceStop.Value"/>). Must not resume it.</summary>
    protected virtual Resumption OnSignal(StoppedTracee stopped) => Resumption.With(stopped.Stop.Value);

    /// <summary>A thread answered <see cref="InterruptAll"/>, or goes on after SIGCONT. Must not resume it.</summary>
    protected virtual void OnInterrupted(StoppedTracee stopped)
    {
    }

    /// <summary>A thread has created a thread or process. May come before or after that one's first stop, or its end.</summary>
    protected virtual void OnCreated(StoppedTracee creator, int tid)
    {
    }

    /// <summary>A thread executes another program. All other threads of its process are gone, and it has the first one's number now.</summary>
    /// <param name="stopped">The thread, under the number that it has now.</param>
    /// <param name="former">The number that it had before; often the same.</param>
    protected virtual void OnExec(StoppedTracee stopped, int former)
    {
        if (former != stopped.Tid) OnForgotten(former);
        OnForgotten(stopped.Tid);
    }

    /// <summary>A thread has ended. A process's first thread is the last one that is told of, with the process's exit status.</summary>
    protected virtual void OnEnded(int tid, PtraceStop stop) => OnForgotten(tid);

    /// <summary>Nobody is left to trace.</summary>
    protected virtual void OnAllGone()
    {
    }

    /// <summary>Seizes the processes with all threads and descendants; until no new one appears, since they may create others meanwhile.</summary>
    /// <returns>The threads that were seized, by process.</returns>
    /// <exception cref="LinuxException">The first thread of a process could not be seized.</exception>
    protected IReadOnlyList<(ProcessStat Process, int Tid)> SeizeAll(IReadOnlyList<int> pids)
    {
        var seized = new List<(ProcessStat, int)>();
        int before;
        do
        {
            before = seized.Count;
            IEnumerable<ProcessStat> processes = FollowsChildren ? ProcessTable.WithDescendants(pids) : pids.Select(ProcessStat.Read).OfType<ProcessStat>();
            foreach (ProcessStat process in processes) seized.AddRange(ProcessTable.Threads(process.Pid).Where(Seize).Select(tid => (process, tid)));
        }
        while (seized.Count > before);
        return seized;
    }

    /// <summary>Launches a command that is traced from its first instruction on, by this thread.</summary>
    /// <param name="options">What and how.</param>
    /// <param name="atExec">Called on this thread at the exit of <c>execve</c>; must not resume.</param>
    protected LaunchedProcess Launch(LaunchOptions options, Action<StoppedTracee> atExec) => Launcher.Launch(options, action => OnThread(action), tracee =>
    {
        atExec(tracee.Current);
        Add(tracee);
        // It outlives this process from now on.
        tracee.Current.SetOptions(Options);
        tracee.Current.Resume(WantsSyscalls);
    });

    /// <summary>Ends the tracing. All tracees run on.</summary>
    protected void Release()
    {
        OnThread(() =>
        {
            EndHolds();
            _releaseBy = Stopwatch.GetTimestamp() + (long)(s_releaseLimit.TotalSeconds * Stopwatch.Frequency);
            if (HasUnfinished) WakeAt(s_releaseLimit);
        });
        Ended.ContinueWith(_ => { }, TaskScheduler.Default).Wait();
    }

    /// <summary>Makes every thread stop once, so that <see cref="WantsSyscalls"/> is asked again. Only on the tracer's thread.</summary>
    protected void InterruptAll()
    {
        _placement.Free();
        foreach (RunningTracee tracee in _tracees.Values) tracee.Interrupt();
    }

    /// <summary>Makes one thread stop once. Only on the tracer's thread.</summary>
    protected void Interrupt(int tid) => _tracees[tid].Interrupt();

    /// <summary>Lets all threads go on that are held. Only on the tracer's thread.</summary>
    protected void EndHolds()
    {
        while (_held.TryTake(long.MaxValue) is { } tracee) EndHold(tracee);
    }

    /// <summary>Follows the tracees until they are gone or released.</summary>
    protected unsafe void Follow()
    {
        while (true)
        {
            DoWork();
            if (_releaseBy is { } limit && (!HasUnfinished || Stopwatch.GetTimestamp() >= limit)) return;
            if (!_held.IsEmpty) EndHoldsThatAreDue();
            int status;
            int tid = Libc.waitpid(-1, &status, Libc.__WALL | Libc.__WNOTHREAD);
            if (tid > 0) Handle(tid, new PtraceStop(status));
            else if (Libc.LastErrno.Number == 10) // ECHILD: nobody is left to wait for.
            {
                lock (_traceesLock) _tracees.Clear();
                OnAllGone();
                if (!StaysWithoutTracees) break;
                WaitForWork();
            }
            else if (Libc.LastErrno != Errno.EINTR) throw new LinuxException("waitpid", Libc.LastErrno);
        }
        TargetGone = true;
    }

    private PtraceOptions Options => FollowsChildren ? WithChildren : WithThreads;

    private bool Seize(int tid)
    {
        if (_tracees.ContainsKey(tid)) return false;
        try
        {
            Add(RunningTracee.Seize(tid, Options));
            return true;
        }
        catch (LinuxException) when (ProcessStat.Read(tid) is null or { HasEnded: true } || ProcessStatus.Read(tid)?.TracerPid is { } tracer && (tracer == Libc.gettid() || tracer == Environment.ProcessId))
        {
            // It has ended, or the kernel attached it together with its creator: then its first stop makes it known.
            return false;
        }
    }

    private RunningTracee Add(RunningTracee tracee)
    {
        StopSignals.Suppress();
        lock (_traceesLock) _tracees[tracee.Tid] = tracee;
        return tracee;
    }

    private void Forget(int tid)
    {
        lock (_traceesLock) _tracees.Remove(tid);
    }

    private void Handle(int tid, PtraceStop stop)
    {
        if (stop.HasEnded)
        {
            SpawnThread.ReportEnd(tid, stop);
            if (_tracees.TryGetValue(tid, out RunningTracee? ended)) ended.Killed();
            Forget(tid);
            OnEnded(tid, stop);
            return;
        }
        // A new thread's first stop may come before its creator's report of it.
        bool isNew = !_tracees.TryGetValue(tid, out RunningTracee? known);
        // It was held when another thread of its process executed a program and took its number: that stop is over.
        known?.Killed();
        RunningTracee tracee = known ?? Add(RunningTracee.AttachedByKernel(tid));
        StoppedTracee stopped = tracee.Stopped(stop);
        try
        {
            if (isNew && !OnFirstStop(stopped))
            {
                stopped.Detach();
                Forget(tid);
            }
            else
            {
                HandleStop(stopped);
            }
        }
        catch (LinuxException e) when (e.Errno == Errno.ESRCH)
        {
            // Killed while it was stopped: its end is the next thing that it reports.
            tracee.Killed();
        }
    }

    private void HandleStop(StoppedTracee stopped)
    {
        Resumption resumption = Resumption.AtOnce;
        switch (stopped.Stop.Kind)
        {
            case PtraceStopKind.Syscall:
                if (StaysNearTracees) _placement.OnStop(stopped.Tid);
                resumption = OnSyscall(stopped);
                break;
            case PtraceStopKind.Signal:
                if (StaysNearTracees) _placement.OnStop(stopped.Tid);
                resumption = OnSignal(stopped);
                break;
            case PtraceStopKind.GroupStop:
                stopped.Listen();
                return;
            case PtraceStopKind.Interrupted:
                OnInterrupted(stopped);
                break;
            case PtraceStopKind.NewTask:
                OnCreated(stopped, stopped.EventMessage);
                break;
            case PtraceStopKind.Exec:
                AfterExec(stopped);
                break;
        }
        GoOn(stopped, resumption);
    }

    private void GoOn(StoppedTracee stopped, Resumption resumption)
    {
        if (resumption.Held <= TimeSpan.Zero)
        {
            stopped.Resume(WantsSyscallsOf(stopped.Tid), resumption.Signal);
            return;
        }
        _held.Add(_tracees[stopped.Tid], resumption.Held);
        WakeForNextHold();
    }

    private void EndHoldsThatAreDue()
    {
        bool any = false;
        for (long now = Stopwatch.GetTimestamp(); _held.TryTake(now) is { } tracee; any = true) EndHold(tracee);
        if (any) WakeForNextHold();
    }

    private void EndHold(RunningTracee tracee)
    {
        try
        {
            StoppedTracee stopped = tracee.Current;
            GoOn(stopped, OnHeld(stopped));
        }
        catch (LinuxException e) when (e.Errno == Errno.ESRCH)
        {
            tracee.Killed();
        }
    }

    private void WakeForNextHold()
    {
        if (_held.UntilNext is { } rest) WakeAt(rest);
        else if (_releaseBy is null) WakeNoMore();
    }

    /// <summary>man 2 ptrace, "execve(2) under ptrace": all other threads are gone, and the one that called execve has the leader's number now.</summary>
    private void AfterExec(StoppedTracee stopped)
    {
        int former = stopped.EventMessage;
        if (former != stopped.Tid) Forget(former);
        OnExec(stopped, former);
    }
}
