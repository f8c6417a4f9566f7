using Falter.Linux.Interop;
using Falter.Linux.Proc;
using Falter.Linux.Ptrace;
using Falter.Records;
using static Falter.Linux.Seccomp.SeccompConstants;

namespace Falter.Linux.Seccomp;

/// <summary>Puts a filter with a listener into a process that is stopped before its first instruction.</summary>
public static class SeccompInstallation
{
    /// <summary>Installs the filter and fetches the listener; the target keeps no copy of it.</summary>
    /// <param name="stopped">The process, at the exit stop of <c>execve</c>.</param>
    /// <param name="calls">The calls to announce.</param>
    /// <param name="waitKillable">
    /// Whether a call that was received can be taken back by a deadly signal only (Linux 5.19), so that it is announced once. Without it, a signal
    /// interrupts a waiting call, which comes again. Kernels that do not know it are asked without it.
    /// </param>
    /// <exception cref="FalterException"><c>feature-missing</c>: the kernel refuses, for example because another listener watches the target.</exception>
    public static SeccompListener Install(StoppedTracee stopped, IEnumerable<Syscall> calls, bool waitKillable = true)
    {
        RemoteSyscalls remote = RemoteSyscalls.AtExec(stopped);
        try
        {
            // Without CAP_SYS_ADMIN the kernel takes a filter only from a process that cannot gain privileges any more.
            if (NeedsNoNewPrivileges(stopped.Tid)) Require(remote.Call(Libc.SYS_prctl, Libc.PR_SET_NO_NEW_PRIVS, 1), "prctl(PR_SET_NO_NEW_PRIVS)");
            long fd = LoadFilter(ref remote, remote.Scratch, SeccompFilter.NotifyFor(calls), SECCOMP_FILTER_FLAG_NEW_LISTENER, waitKillable);
            if (fd < 0) throw Refused(new Errno((short)-fd));
            Descriptor listener = Fetch(stopped.Tid, (int)fd);
            // close_range, not close: the filter may select close, and then nobody would answer yet. Selecting both is excluded by the injector.
            Require(remote.Call(Libc.SYS_close_range, fd, fd), "close_range");
            return new SeccompListener(listener);
        }
        finally
        {
            remote.Finish();
        }
    }

    /// <summary>Calls that cannot be selected: one of them takes the listener out of the target, the others end or begin what nobody could answer.</summary>
    public static IReadOnlySet<Syscall> NotSelectable { get; } =
        new HashSet<Syscall> { Syscall.Named("close_range"), Syscall.Named("rt_sigreturn"), Syscall.Named("exit"), Syscall.Named("exit_group"), Syscall.Named("restart_syscall") };

    /// <summary>Has the target load the filter.</summary>
    /// <param name="remote">The target's thread.</param>
    /// <param name="scratch">Its memory that the program may be written to.</param>
    /// <param name="program">The filter.</param>
    /// <param name="flags">Of <c>seccomp</c>.</param>
    /// <param name="waitKillable">See <see cref="Install"/>.</param>
    /// <returns>The listener's number in the target, or a negated errno.</returns>
    internal static long LoadFilter(ref RemoteSyscalls remote, ulong scratch, sock_filter[] program, uint flags, bool waitKillable)
    {
        (byte[] image, ulong header) = SeccompFilter.ImageAt(scratch, program);
        remote.Stopped.WriteMemory(scratch, image);
        uint killable = waitKillable ? SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV : 0;
        long result = remote.Call(Libc.SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags | killable, (long)header);
        return result == -Errno.EINVAL.Number ? remote.Call(Libc.SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, (long)header) : result;
    }

    /// <summary>A descriptor of another process, as one of this.</summary>
    internal static Descriptor Fetch(int pid, int fd)
    {
        using Descriptor process = Descriptor.OfProcess(pid);
        return new Descriptor(Libc.Checked(Libc.pidfd_getfd(process.Number, fd), "pidfd_getfd"));
    }

    /// <summary>Whether the kernel takes a filter from this thread only after it has given up to gain privileges by execve.</summary>
    internal static bool NeedsNoNewPrivileges(int tid) => ProcessStatus.Read(tid) is { NoNewPrivileges: false, HasCapSysAdmin: false };

    internal static void Require(long result, string call)
    {
        if (result < 0) throw new LinuxException($"{call} in the target", new Errno((short)-result));
    }

    private static FalterException Refused(Errno errno) => FalterException.Cannot("feature-missing", errno == Errno.EBUSY
        ? "another seccomp listener already watches the target (a container engine or a sandbox around Falter?) and the kernel allows one; start Falter outside of it"
        : $"the kernel refused a seccomp filter with a listener: {errno.Meaning} ({errno}); it needs Linux 5.0 with CONFIG_SECCOMP_FILTER");
}
