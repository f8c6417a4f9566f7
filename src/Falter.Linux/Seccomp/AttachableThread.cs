using Falter.Linux.Interop;
using Falter.Linux.Proc;
using Falter.Linux.Ptrace;
using Falter.Records;

namespace Falter.Linux.Seccomp;

/// <summary>Chooses the thread of a running process that is stopped to carry out calls for it, so that the process takes the least notice.</summary>
internal static class AttachableThread
{
    /// <summary>Seizes and stops it. It is left in the stop that PTRACE_INTERRUPT leads to.</summary>
    /// <exception cref="FalterException"><c>target-exited</c>: no thread is left; <c>target-refused</c>: it is stopped, or none of its threads can be interrupted.</exception>
    /// <exception cref="LinuxException">EPERM: not permitted.</exception>
    public static RunningTracee Stop(int pid, TimeSpan limit)
    {
        foreach (int tid in ProcessTable.Threads(pid).OrderBy(t => Disturbance(pid, t)))
        {
            try
            {
                RunningTracee tracee = RunningTracee.Seize(tid, PtraceOptions.PTRACE_O_TRACESYSGOOD);
                if (tracee.Interrupt() && Await(tracee, pid, limit)) return tracee;
            }
            catch (LinuxException e) when (e.Errno == Errno.ESRCH || e.Errno == Errno.EPERM && ProcessStat.Read(tid) is null or { State: 'Z' or 'X' })
            {
                // It has ended meanwhile: another will do.
            }
        }
        throw FalterException.Usage("target-exited", $"process {pid} has no thread that runs");
    }

    /// <summary>
    /// Waits in a call that goes on by itself (0), runs (1: it may be in a restartable sequence, which a change of its registers would not end), waits in a call
    /// that reports its interruption (2), or cannot be interrupted (3).
    /// </summary>
    private static int Disturbance(int pid, int tid)
    {
        if (ProcessStat.Read(tid) is { State: 'D' or 'Z' }) return 3;
        string[] call = (ProcFile.Read($"/proc/{pid}/task/{tid}/syscall") ?? "running").Split(' ');
        if (!short.TryParse(call[0], out short number) || number < 0) return 1;
        return InterruptedCall.ReportsInterruption(new Syscall(number)) ? 2 : 0;
    }

    /// <summary>False where the thread has ended.</summary>
    private static bool Await(RunningTracee tracee, int pid, TimeSpan limit)
    {
        while (true)
        {
            PtraceStop stop = WaitFor(tracee, pid, limit);
            if (stop.HasEnded) return false;
            StoppedTracee stopped = tracee.Stopped(stop);
            if (stop.Kind == PtraceStopKind.Interrupted) return true;
            if (stop.Kind == PtraceStopKind.GroupStop)
            {
                stopped.Detach();
                throw FalterException.Usage("target-refused", $"process {pid} is stopped (SIGSTOP); let it go on first: kill -CONT {pid}");
            }
            stopped.Resume(toNextSyscall: false, stop.Kind == PtraceStopKind.Signal ? stop.Value : 0);
        }
    }

    private static PtraceStop WaitFor(RunningTracee tracee, int pid, TimeSpan limit)
    {
        try
        {
            return tracee.Wait(limit);
        }
        catch (TimeoutException)
        {
            throw FalterException.Cannot("target-refused", $"thread {tracee.Tid} of process {pid} could not be stopped within {Durations.Format(limit)}: it waits in the kernel, for a disk or a frozen control group");
        }
    }
}
