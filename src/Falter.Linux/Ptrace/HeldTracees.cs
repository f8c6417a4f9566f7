using System.Diagnostics;

namespace Falter.Linux.Ptrace;

/// <summary>Threads that stay in their stop for a time. Those that were killed in it, or whose number another took, drop out by themselves.</summary>
internal sealed class HeldTracees
{
    private readonly PriorityQueue<(RunningTracee Tracee, uint Turn), long> _byDue = new();

    public bool IsEmpty => _byDue.Count == 0;

    /// <summary>How long until the next one is due; null where none is held.</summary>
    public TimeSpan? UntilNext => _byDue.TryPeek(out _, out long due) ? Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due) : null;

    public void Add(RunningTracee tracee, TimeSpan length) =>
        _byDue.Enqueue((tracee, tracee.Turn), Stopwatch.GetTimestamp() + (long)(length.TotalSeconds * Stopwatch.Frequency));

    /// <summary>One that is due by then; null where none is.</summary>
    public RunningTracee? TryTake(long timestamp)
    {
        while (_byDue.TryPeek(out (RunningTracee Tracee, uint Turn) first, out long due) && due <= timestamp)
        {
            _byDue.Dequeue();
            if (first.Tracee.Turn == first.Turn) return first.Tracee;
        }
        return null;
    }
}
