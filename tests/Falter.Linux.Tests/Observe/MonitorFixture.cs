using Falter.Observe;
using Falter.Records;

namespace Falter.Linux.Tests.Observe;

/// <summary>What the monitor's tests share.</summary>
internal static class MonitorFixture
{
    public static readonly Syscall Getppid = Syscall.Named("getppid"), Close = Syscall.Named("close"), Openat = Syscall.Named("openat");
    public static readonly Outcome EBADF = new(9), ENOENT = new(2), EPERM = new(1);

    /// <summary>The monitor; the test is skipped with the missing feature's name where this machine cannot run it.</summary>
    public static SyscallMonitor Open(SyscallMonitorOptions? options = null)
    {
        try
        {
            return SyscallMonitor.Open(options ?? new SyscallMonitorOptions());
        }
        catch (FalterException e) when (e.ExitCode == ExitCode.Cannot)
        {
            Assert.Skip(e.Message);
            throw;
        }
    }

    /// <summary>The time of a reading; its value does not matter to the counts.</summary>
    public static DateTimeOffset Time => DateTimeOffset.UnixEpoch;

    public static long Count(this IEnumerable<SyscallRow> rows, Syscall syscall, Outcome? outcome = null) =>
        rows.Where(r => r.Syscall == syscall && (outcome is null || r.Outcome == outcome)).Sum(r => r.Count);
}
