using Falter.Linux.Interop;
using Falter.Records;

namespace Falter.Linux.Proc;

/// <summary>Signals to a process that is named by number and start, so that they never reach one that got its number since.</summary>
public static class ProcessSignal
{
    /// <summary>Sends a signal.</summary>
    /// <returns>False where the process has ended.</returns>
    /// <exception cref="LinuxException">The kernel refuses (EPERM).</exception>
    public static bool Send(int pid, long startTicks, int signal)
    {
        int fd = Libc.pidfd_open(pid);
        if (fd < 0) return Libc.LastErrno == Errno.ESRCH ? false : throw new LinuxException($"pidfd_open({pid})", Libc.LastErrno);
        using var pidfd = new Descriptor(fd);
        // Looked at after the descriptor was taken: what is seen now is what the descriptor names, or the process has ended.
        if (ProcessStat.Read(pid)?.StartTicks != startTicks) return false;
        if (Libc.pidfd_send_signal(fd, signal) == 0) return true;
        return Libc.LastErrno == Errno.ESRCH ? false : throw new LinuxException($"pidfd_send_signal({pid}, {new Signal(signal)})", Libc.LastErrno);
    }
}
