using System.Diagnostics;
using System.Runtime.InteropServices;
using Falter.Linux.Interop;
using Falter.Linux.Launch;
using Falter.Records;

namespace Falter.Linux.Ptrace;

/// <summary>
/// A traced thread that runs. All requests must come from the thread that seized it. What can be done to a stopped thread is only on
/// <see cref="StoppedTracee"/>, which a stop gives and which resuming takes away.
/// </summary>
public sealed class RunningTracee
{
    private PtraceStop _lastStop;

    private RunningTracee(int tid) => Tid = tid;

    /// <summary>The thread's number, as <c>gettid</c> gives it.</summary>
    public int Tid { get; }

    /// <summary>Number of stops so far, plus one per resume: odd while stopped. A <see cref="StoppedTracee"/> is valid for one odd number.</summary>
    internal uint Turn { get; private set; }

    /// <summary>Starts to trace a thread without stopping it.</summary>
    /// <exception cref="LinuxException">EPERM: not permitted or traced already; ESRCH: no such thread.</exception>
    public static RunningTracee Seize(int tid, PtraceOptions options)
    {
        if (Libc.ptrace(PtraceRequest.PTRACE_SEIZE, tid, 0, (nint)options) < 0) throw Failed("PTRACE_SEIZE", tid);
        return new RunningTracee(tid);
    }

    /// <summary>A thread that the kernel attached by itself, because its creator is traced with PTRACE_O_TRACECLONE and its like.</summary>
    public static RunningTracee AttachedByKernel(int tid) => new(tid);

    /// <summary>Asks the thread to stop; the stop arrives as <see cref="PtraceStopKind.Interrupted"/>. False where it is gone.</summary>
    public bool Interrupt() => Libc.ptrace(PtraceRequest.PTRACE_INTERRUPT, Tid, 0, 0) == 0;

    /// <summary>The stop that <c>waitpid</c> just reported for this thread.</summary>
    public StoppedTracee Stopped(PtraceStop stop)
    {
        Debug.Assert(Turn % 2 == 0, "a stop of a thread that is stopped already");
        Turn++;
        _lastStop = stop;
        return new StoppedTracee(this, stop);
    }

    internal bool IsStopped => Turn % 2 == 1;

    /// <summary>The thread in the stop that it is in now, after somebody else used the stop for remote calls.</summary>
    internal StoppedTracee Current => IsStopped ? new StoppedTracee(this, _lastStop) : throw new InvalidOperationException($"thread {Tid} runs");

    /// <summary>Waits for this thread's next report.</summary>
    /// <exception cref="TimeoutException">Nothing was reported within <paramref name="limit"/>.</exception>
    /// <exception cref="LinuxException">ECHILD: the thread is gone.</exception>
    internal unsafe PtraceStop Wait(TimeSpan limit)
    {
        long start = Stopwatch.GetTimestamp();
        for (int round = 0; ; round++)
        {
            int status;
            int tid = Libc.waitpid(Tid, &status, Libc.__WALL | Libc.WNOHANG);
            if (tid == Tid)
            {
                var stop = new PtraceStop(status);
                SpawnThread.ReportEnd(Tid, stop);
                return stop;
            }
            if (tid < 0 && Libc.LastErrno != Errno.EINTR) throw new LinuxException($"waitpid({Tid})", Libc.LastErrno);
            if (Stopwatch.GetElapsedTime(start) > limit) throw new TimeoutException($"thread {Tid} did not stop within {Durations.Format(limit)}");
            // Most stops follow within microseconds: give the processor away first, sleep later.
            if (round < 200) Thread.Yield(); else Thread.Sleep(1);
        }
    }

    internal void Resumed() => Turn++;

    /// <summary>The thread was killed in its stop: the stop is over, whether it was resumed or not.</summary>
    internal void Killed() => Turn += Turn % 2;

    internal static LinuxException Failed(string request, int tid) => new($"ptrace({request}, {tid})", new Errno((short)Marshal.GetLastSystemError()));
}
