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
    private const PtraceOptions Options = PtraceOptions.PTRACE_O_TRACESYSGOOD | PtraceOptions.PTRACE_O_TRACEFORK | PtraceOptions.PTRACE_O_TRACEVFORK |
        PtraceOptions.PTRACE_O_TRACECLONE | PtraceOptions.PTRACE_O_TRACEEXEC;

    private readonly Dictionary<int, RunningTracee> _tracees = [];
    private readonly Lock _traceesLock = new();
    private bool _release;

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

    /// <summary>A thread is at the entry or exit of a system call. Must not resume it.</summary>
    protected abstract void OnSyscall(StoppedTracee stopped);

    /// <summary>A thread has ended, or has another program.</summary>
    protected abstract void OnForgotten(int tid);

    /// <summary>Seizes the processes with all threads and descendants; until no new one appears, since they may create others meanwhile.</summary>
    /// <exception cref="LinuxException">The first thread of a process could not be seized.</exception>
    protected void SeizeAll(IReadOnlyList<int> pids)
    {
        bool found = true;
        while (found)
        {
            found = false;
            foreach (int pid in ProcessTable.WithDescendants(pids).Select(p => p.Pid))
            {
                foreach (int tid in ProcessTable.Threads(pid)) found |= Seize(tid);
            }
        }
    }

    /// <summary>Ends the tracing. All tracees run on.</summary>
    protected void Release()
    {
        OnThread(() => _release = true);
        Ended.ContinueWith(_ => { }, TaskScheduler.Default).Wait();
    }

    /// <summary>Makes every thread stop once, so that <see cref="WantsSyscalls"/> is asked again. Only on the tracer's thread.</summary>
    protected void InterruptAll()
    {
        foreach (RunningTracee tracee in _tracees.Values) tracee.Interrupt();
    }

    /// <summary>Follows the tracees until they are gone or released.</summary>
    protected unsafe void Follow()
    {
        while (true)
        {
            DoWork();
            if (_release) return;
            int status;
            int tid = Libc.waitpid(-1, &status, Libc.__WALL | Libc.__WNOTHREAD);
            if (tid > 0) Handle(tid, new PtraceStop(status));
            else if (Libc.LastErrno.Number == 10) break; // ECHILD: nobody is left to wait for.
            else if (Libc.LastErrno != Errno.EINTR) throw new LinuxException("waitpid", Libc.LastErrno);
        }
        lock (_traceesLock) _tracees.Clear();
        TargetGone = true;
    }

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
        lock (_traceesLock) _tracees[tracee.Tid] = tracee;
        return tracee;
    }

    private void Forget(int tid)
    {
        lock (_traceesLock) _tracees.Remove(tid);
        OnForgotten(tid);
    }

    private void Handle(int tid, PtraceStop stop)
    {
        if (stop.HasEnded)
        {
            SpawnThread.ReportEnd(tid, stop);
            Forget(tid);
            return;
        }
        // A new thread's first stop may come before its creator's report of it.
        RunningTracee tracee = _tracees.TryGetValue(tid, out RunningTracee? known) ? known : Add(RunningTracee.AttachedByKernel(tid));
        StoppedTracee stopped = tracee.Stopped(stop);
        try
        {
            HandleStop(stopped);
        }
        catch (LinuxException e) when (e.Errno == Errno.ESRCH)
        {
            // Killed while it was stopped: its end is the next thing that it reports.
            tracee.Killed();
        }
    }

    private void HandleStop(StoppedTracee stopped)
    {
        int signal = 0;
        switch (stopped.Stop.Kind)
        {
            case PtraceStopKind.Syscall:
                OnSyscall(stopped);
                break;
            case PtraceStopKind.Signal:
                signal = stopped.Stop.Value;
                break;
            case PtraceStopKind.GroupStop:
                stopped.Listen();
                return;
            case PtraceStopKind.Exec:
                AfterExec(stopped);
                break;
        }
        stopped.Resume(WantsSyscalls, signal);
    }

    /// <summary>man 2 ptrace, "execve(2) under ptrace": all other threads are gone, and the one that called execve has the leader's number now.</summary>
    private void AfterExec(StoppedTracee stopped)
    {
        int former = stopped.EventMessage;
        if (former != stopped.Tid) Forget(former);
        OnForgotten(stopped.Tid);
    }
}
