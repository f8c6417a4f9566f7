using Falter.Linux.Proc;

namespace Falter.Observe;

/// <summary>How a <see cref="SyscallMonitor"/> works. The sizes are fixed while it is open; what finds no room is counted as lost.</summary>
public sealed record SyscallMonitorOptions
{
    /// <summary>Whether the children of followed processes are followed too, those that run and those to come. Default: yes. Threads always are.</summary>
    public bool FollowChildren { get; init; } = true;

    /// <summary>Whether the time of each call is measured. Default: yes. Without it the monitor's share of a watched call's cost falls by about a fifth.</summary>
    public bool MeasureLatency { get; init; } = true;

    /// <summary>Which processes are counted. Default: those that <see cref="SyscallMonitor.Follow"/> names, and their descendants.</summary>
    public ProcessSelection Selection { get; init; } = ProcessSelection.RootsOnly;

    /// <summary>
    /// Whether counting leaves the kernel while no process matches, so that it costs the rest of the machine nothing meanwhile; the first milliseconds of
    /// the next one are then missed. Default: no. Only where processes are selected, see <see cref="SyscallMonitor.LookAgain"/>.
    /// </summary>
    public bool IdleDetach { get; init; }

    /// <summary>How many different (process name, system call, outcome) can be counted. Default 4096; 536 bytes of kernel memory each on every CPU.</summary>
    public int MaxRows { get; init; } = 4096;

    /// <summary>How many different process names can be told apart. Default 1024.</summary>
    public int MaxNames { get; init; } = 1024;

    /// <summary>How many process ends are kept between two calls of <see cref="SyscallMonitor.TakeEnds"/>. Default 16384.</summary>
    public int MaxEnds { get; init; } = 16384;
}
