using Falter.Linux.Launch;
using Falter.Records;

namespace Falter.Observe;

/// <summary>
/// Counts the system calls of followed processes, exactly: every call that a followed thread entered after it was followed, and that returned, is in
/// one <see cref="Read"/>, once. The members are for any thread, one after the other.
/// </summary>
public interface ISyscallMonitor : IDisposable
{
    /// <summary>How it counts: <c>ebpf</c> or <c>ptrace</c>.</summary>
    string Mechanism { get; }

    /// <summary>Everything counted up to the last <see cref="Read"/>, since the monitor was opened.</summary>
    IReadOnlyList<SyscallRow> Totals { get; }

    /// <summary>
    /// Invocations that could not be counted, up to the last <see cref="Read"/>, since the monitor was opened. A thread that the kernel had no memory to
    /// follow counts as one.
    /// </summary>
    long Lost { get; }

    /// <summary>Ends of processes that were not told, since the monitor was opened: more than <see cref="SyscallMonitorOptions.MaxEnds"/> at once.</summary>
    long LostEnds { get; }

    /// <summary>Followed processes that have not ended, at this moment.</summary>
    int Alive { get; }

    /// <summary>
    /// Follows a running process: all its threads, and (unless <see cref="SyscallMonitorOptions.FollowChildren"/> is off) all its descendants. A call
    /// that is under way is not counted. To follow a process again is no error and changes nothing.
    /// </summary>
    /// <exception cref="FalterException"><c>target-not-found</c>, <c>target-refused</c> or <c>target-exited</c>; by ptrace also <c>target-traced</c> and <c>not-root</c>.</exception>
    void Follow(int pid);

    /// <summary>Launches a command and follows it from its first instruction on; its own execve is not counted. The caller owns the launched process.</summary>
    /// <exception cref="FalterException"><c>target-not-found</c>: there is no such program, or it cannot be executed.</exception>
    LaunchedProcess Launch(LaunchOptions options);

    /// <summary>What was counted since the last call, or since the monitor was opened.</summary>
    /// <param name="time">The time of the reading: the end of the interval.</param>
    IntervalSample Read(DateTimeOffset time);

    /// <summary>The followed processes that ended since the last call, in the order of their ends.</summary>
    IReadOnlyList<ProcessEnd> TakeEnds();
}
