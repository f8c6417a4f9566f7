using System.Globalization;
using Falter.Linux.Interop;
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
            if (!HasCapSysAdmin(stopped.Tid)) Require(remote.Call(Libc.SYS_prctl, Libc.PR_SET_NO_NEW_PRIVS, 1), "prctl(PR_SET_NO_NEW_PRIVS)");
            long fd = LoadFilter(ref remote, SeccompFilter.NotifyFor(calls), waitKillable);
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

    private static long LoadFilter(ref RemoteSyscalls remote, sock_filter[] program, bool waitKillable)
    {
        (byte[] image, ulong header) = SeccompFilter.ImageAt(remote.Scratch, program);
        remote.Stopped.WriteMemory(remote.Scratch, image);
        uint killable = waitKillable ? SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV : 0;
        long result = remote.Call(Libc.SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER | killable, (long)header);
        if (result == -Errno.EINVAL.Number) result = remote.Call(Libc.SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, (long)header);
        return result >= 0 ? result : throw Refused(new Errno((short)-result));
    }

    private static FalterException Refused(Errno errno) => FalterException.Cannot("feature-missing", errno == Errno.EBUSY
        ? "another seccomp listener already watches the target (a container engine or a sandbox around Falter?) and the kernel allows one; start Falter outside of it"
        : $"the kernel refused a seccomp filter with a listener: {errno.Meaning} ({errno}); it needs Linux 5.0 with CONFIG_SECCOMP_FILTER");

    private static Descriptor Fetch(int pid, int fd)
    {
        using Descriptor process = Descriptor.OfProcess(pid);
        return new Descriptor(Libc.Checked(Libc.pidfd_getfd(process.Number, fd), "pidfd_getfd"));
    }

    private static bool HasCapSysAdmin(int pid)
    {
        const int CAP_SYS_ADMIN = 21;
        string line = File.ReadLines($"/proc/{pid}/status").First(l => l.StartsWith("CapEff:", StringComparison.Ordinal));
        return (ulong.Parse(line.AsSpan("CapEff:".Length).Trim(), NumberStyles.HexNumber) >> CAP_SYS_ADMIN & 1) != 0;
    }

    private static void Require(long result, string call)
    {
        if (result < 0) throw new LinuxException($"{call} in the target", new Errno((short)-result));
    }
}
