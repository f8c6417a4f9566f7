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

    /// <summary>
    /// Names of followed processes that hand operations to the kernel through io_uring, up to the last <see cref="Read"/>. Those operations are no system
    /// calls: the monitor is blind to them.
    /// </summary>
    IReadOnlyList<string> RingUsers { get; }

    /// <summary>
    /// How often counting began anew after nothing had been followed (<see cref="SyscallMonitorOptions.IdleDetach"/>): the first moments of a process were
    /// missed each time.
    /// </summary>
    int Resumptions { get; }

    /// <summary>Whether the programs that count are out of the kernel because nothing is followed; then <see cref="LookAgain"/> is urgent.</summary>
    bool IsIdle { get; }

    /// <summary>Followed processes that have not ended, at this moment.</summary>
    int Alive { get; }

    /// <summary>
    /// Makes a running process the target: all its threads, and (unless <see cref="SyscallMonitorOptions.FollowChildren"/> is off) all its descendants. A call
    /// that is under way is not counted. To follow a process again is no error and changes nothing.
    /// </summary>
    /// <exception cref="FalterException"><c>target-not-found</c>, <c>target-refused</c> or <c>target-exited</c>; by ptrace also <c>target-traced</c> and <c>not-root</c>.</exception>
    void Follow(int pid);

    /// <summary>Launches a command and follows it from its first instruction on; its own execve is not counted. The caller owns the launched process.</summary>
    /// <exception cref="FalterException"><c>target-not-found</c>: there is no such program, or it cannot be executed.</exception>
    LaunchedProcess Launch(LaunchOptions options);

    /// <summary>
    /// Follows running processes that have come to match the selection since the last look: by another name, or by being moved into a group. Calls that
    /// they made between are not counted; so this is to be called often. Processes that begin are followed without it. With
    /// <see cref="SyscallMonitorOptions.IdleDetach"/> it also takes the counting out of the kernel and back. And it asks injectors what they inject, some of
    /// which may end before the next <see cref="Read"/>.
    /// </summary>
    void LookAgain();

    /// <summary>What was counted since the last call, or since the monitor was opened.</summary>
    /// <param name="time">The time of the reading: the end of the interval.</param>
    IntervalSample Read(DateTimeOffset time);

    /// <summary>The followed processes that ended since the last call, in the order of their ends.</summary>
    IReadOnlyList<ProcessEnd> TakeEnds();
}
