using System.Diagnostics;
using Microsoft.Win32.SafeHandles;
using static Falter.Linux.Features.RawSyscall;

namespace Falter.Linux.Features;

/// <summary>Probes of what may be done with other processes and with descriptors.</summary>
internal static class ProcessProbes
{
    private const int PTRACE_SEIZE = 0x4206;

    /// <summary>Seizes a child that waits for its input, which ends when this process does, and kills it.</summary>
    public static FeatureResult PtraceSeize()
    {
        using Process? child = Process.Start(new ProcessStartInfo("cat") { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true });
        if (child is null) return FeatureResult.CouldNotTell("no child could be started");
        try
        {
            long result = Call(SYS_ptrace, PTRACE_SEIZE, child.Id, 0, 0);
            return result >= 0 ? FeatureResult.Found() : FeatureResult.Missing($"PTRACE_SEIZE of a child: {Name(result)}");
        }
        finally
        {
            child.Kill();
            child.WaitForExit(TimeSpan.FromSeconds(2));
        }
    }

    /// <summary>What Yama leaves of attaching to processes that are no children. Without Yama there is no such file and no such limit.</summary>
    public static FeatureResult PtraceAttach()
    {
        const string Path = "/proc/sys/kernel/yama/ptrace_scope";
        string scope = File.Exists(Path) ? File.ReadAllText(Path).Trim() : "0";
        bool privileged = Privileges.Has(Privileges.CAP_SYS_PTRACE);
        return scope switch
        {
            "0" => FeatureResult.Found(),
            "1" or "2" when privileged => FeatureResult.Found($"ptrace_scope {scope}, and CAP_SYS_PTRACE overrides it"),
            _ => FeatureResult.Missing($"{Path} is {scope}"),
        };
    }

    public static FeatureResult PidfdOpen()
    {
        long fd = Call(SYS_pidfd_open, Environment.ProcessId);
        if (fd < 0) return FeatureResult.Missing($"pidfd_open: {Name(fd)}");
        new SafeFileHandle((nint)fd, ownsHandle: true).Dispose();
        return FeatureResult.Found();
    }

    public static FeatureResult PidfdGetfd()
    {
        long pidfd = Call(SYS_pidfd_open, Environment.ProcessId);
        if (pidfd < 0) return FeatureResult.Missing($"pidfd_open: {Name(pidfd)}");
        using var owned = new SafeFileHandle((nint)pidfd, ownsHandle: true);
        long copy = Call(SYS_pidfd_getfd, (nint)pidfd, (nint)pidfd, 0);
        if (copy < 0) return FeatureResult.Missing($"pidfd_getfd: {Name(copy)}");
        new SafeFileHandle((nint)copy, ownsHandle: true).Dispose();
        return FeatureResult.Found();
    }

    /// <summary>Closes the range that holds the highest possible number only, which is never open.</summary>
    public static FeatureResult CloseRange()
    {
        nint last = unchecked((nint)uint.MaxValue);
        long result = Call(SYS_close_range, last, last, 0);
        return result == 0 ? FeatureResult.Found() : FeatureResult.Missing($"close_range: {Name(result)}");
    }

    /// <summary>A null parameter block: EFAULT from a kernel that has io_uring, ENOSYS from one without, EPERM where a sysctl turned it off.</summary>
    public static FeatureResult IoUring()
    {
        long result = Call(SYS_io_uring_setup, 1, 0);
        return result == -EFAULT ? FeatureResult.Found() : FeatureResult.Missing($"io_uring_setup: {Name(result)}");
    }
}
