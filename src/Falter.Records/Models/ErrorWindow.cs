namespace Falter.Records;

/// <summary>The error rate of one interval in which the error occurred.</summary>
/// <param name="Rate">Share of the system call's invocations that ended in the errno, above 0, at most 1.</param>
/// <param name="Invocations">All invocations of the call in the interval; 0 where the source does not tell.</param>
public readonly record struct IntervalRate(double Rate, long Invocations);

/// <summary>A natural error over a window: what every source of error models (recording, Prometheus, Phoebe's file) comes down to.</summary>
public sealed record ErrorSeries
{
    /// <summary>The role or process; empty where all are taken together or the source does not tell.</summary>
    public required string Process { get; init; }

    public required Syscall Syscall { get; init; }
    public required Errno Errno { get; init; }

    /// <summary>Invocations that ended in this errno.</summary>
    public required long Failures { get; init; }

    /// <summary>All invocations of the system call by this process, intervals without the error included.</summary>
    public required long Invocations { get; init; }

    /// <summary>The intervals in which the error occurred, at least one.</summary>
    public required IReadOnlyList<IntervalRate> Rates { get; init; }

    /// <summary>Error runs that began in the window (<see cref="SyscallRow.Runs"/>); 0 where they were not counted.</summary>
    public long Runs { get; init; }
}

/// <summary>What was observed between two points in time, injected calls left out.</summary>
public sealed record ErrorWindow
{
    /// <summary>One series for each (process, system call, errno) that occurred.</summary>
    public required IReadOnlyList<ErrorSeries> Series { get; init; }

    /// <summary>All invocations by process and system call, those without any error included.</summary>
    public required IReadOnlyDictionary<(string Process, Syscall Syscall), long> Invocations { get; init; }

    /// <summary>Whether its processes are taken together, or not told apart by the source.</summary>
    public bool IsTogether => Invocations.Count > 0 && Invocations.Keys.All(k => k.Process.Length == 0);

    /// <summary>Intervals that were read.</summary>
    public required int Intervals { get; init; }

    /// <summary>Intervals that were left out because something was injected in them.</summary>
    public int LeftOut { get; init; }

    /// <summary>Invocations that the observation could not count.</summary>
    public long Lost { get; init; }
}
