using Falter.Linux.Interop;
using Falter.Linux.Proc;
using Falter.Linux.Ptrace;
using Falter.Records;
using static Falter.Linux.Seccomp.SeccompConstants;

namespace Falter.Linux.Seccomp;

/// <summary>Puts a filter with a listener into a process that runs. Filters cannot be taken out again: it stays for the process's life, and its children's.</summary>
public static class SeccompAttachment
{
    // A thread that waits in the kernel and cannot be interrupted (a disk, vfork) would hold the attachment for ever.
    private static readonly TimeSpan s_stopLimit = TimeSpan.FromSeconds(10);

    private const uint Flags = SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_TSYNC_ESRCH | SECCOMP_FILTER_FLAG_NEW_LISTENER;

    /// <summary>Installs the filter for all threads of a process by way of one of them, which stops for some milliseconds. The target keeps no copy of the listener.</summary>
    /// <param name="pid">The process. No thread of it may have a filter yet (<see cref="IsFiltered"/>).</param>
    /// <param name="calls">The calls to announce.</param>
    /// <param name="waitKillable">See <see cref="SeccompInstallation.Install"/>.</param>
    /// <param name="holdOn">Takes the listener over. Called while the thread is stopped and the target still has its copy: the keeper must take its own, and somebody must answer from then on.</param>
    /// <exception cref="FalterException"><c>target-filtered</c>, <c>target-exited</c>, <c>feature-missing</c>.</exception>
    /// <exception cref="LinuxException">EPERM: this user must not trace the process.</exception>
    public static void Install(int pid, IEnumerable<Syscall> calls, bool waitKillable, Action<SeccompListener> holdOn)
    {
        RunningTracee tracee = AttachableThread.Stop(pid, s_stopLimit);
        try
        {
            InstallBy(tracee, pid, calls, waitKillable, holdOn);
        }
        catch (LinuxException e) when (e.Errno == Errno.ESRCH)
        {
            throw Exited(pid);
        }
        finally
        {
            Release(tracee);
        }
    }

    /// <summary>Whether any thread of the process has seccomp filters.</summary>
    public static bool IsFiltered(int pid) => ProcessTable.Threads(pid).Any(tid => ProcessStatus.Read(tid) is { SeccompMode: not 0 });

    /// <summary>Whether the filter costs the process the right to gain privileges by execve (no_new_privs), for life.</summary>
    public static bool NeedsNoNewPrivileges(int pid) => SeccompInstallation.NeedsNoNewPrivileges(pid);

    private static void InstallBy(RunningTracee tracee, int pid, IEnumerable<Syscall> calls, bool waitKillable, Action<SeccompListener> holdOn)
    {
        sock_filter[] program = SeccompFilter.NotifyFor(calls);
        ulong scratch = 0;
        long fd = 0;
        // In two parts: while others work the thread stands at a stop with its own registers, so that it goes on unharmed should this process be killed.
        Remotely(tracee, (ref RemoteSyscalls remote) => (scratch, fd) = Load(ref remote, program, waitKillable));
        if (fd < 0) throw Refused(pid, new Errno((short)-fd));
        holdOn(new SeccompListener(SeccompInstallation.Fetch(pid, (int)fd)));
        Remotely(tracee, (ref RemoteSyscalls remote) =>
        {
            SeccompInstallation.Require(remote.Call(Libc.SYS_close_range, fd, fd), "close_range");
            SeccompInstallation.Require(remote.Call(Libc.SYS_munmap, (long)scratch, LengthOf(program)), "munmap");
        });
    }

    private static (ulong Scratch, long Fd) Load(ref RemoteSyscalls remote, sock_filter[] program, bool waitKillable)
    {
        if (SeccompInstallation.NeedsNoNewPrivileges(remote.Stopped.Tid)) SeccompInstallation.Require(remote.Call(Libc.SYS_prctl, Libc.PR_SET_NO_NEW_PRIVS, 1), "prctl(PR_SET_NO_NEW_PRIVS)");
        // Memory of its own: what lies below the stack pointer of a thread that runs may be another goroutine's stack.
        long scratch = remote.Call(Libc.SYS_mmap, 0, LengthOf(program), Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS, -1, 0);
        SeccompInstallation.Require(scratch, "mmap");
        long fd = SeccompInstallation.LoadFilter(ref remote, (ulong)scratch, program, Flags, waitKillable);
        if (fd < 0) remote.Call(Libc.SYS_munmap, scratch, LengthOf(program));
        return ((ulong)scratch, fd);
    }

    /// <summary>Bytes that the program and its header need, in whole pages.</summary>
    private static unsafe long LengthOf(sock_filter[] program) =>
        (program.Length * sizeof(sock_filter) + sizeof(sock_fprog) + Environment.SystemPageSize - 1) / Environment.SystemPageSize * Environment.SystemPageSize;

    private delegate void RemoteWork(ref RemoteSyscalls remote);

    private static void Remotely(RunningTracee tracee, RemoteWork work)
    {
        RemoteSyscalls remote = RemoteSyscalls.InRunning(tracee.Current);
        try
        {
            work(ref remote);
        }
        finally
        {
            remote.Finish();
        }
    }

    private static void Release(RunningTracee tracee)
    {
        // Killed meanwhile: there is nothing to let go of.
        if (tracee.IsStopped) tracee.Current.Detach();
    }

    private static FalterException Exited(int pid) => FalterException.Usage("target-exited", $"process {pid} ended while the filter was being put into it");

    private static FalterException Refused(int pid, Errno errno) => errno.Name switch
    {
        "EBUSY" => FalterException.Cannot("target-filtered", $"process {pid} has a seccomp listener already, and the kernel allows one; use ptrace (--mechanism ptrace)"),
        "ESRCH" => FalterException.Cannot("target-filtered", $"the threads of process {pid} have different seccomp filters, so one for all of them cannot be added; use ptrace (--mechanism ptrace)"),
        _ => FalterException.Cannot("feature-missing",
            $"the kernel refused a seccomp filter for all threads of process {pid}: {errno.Meaning} ({errno}); it needs Linux 5.7 with CONFIG_SECCOMP_FILTER; use ptrace (--mechanism ptrace)"),
    };
}
