using Falter.Linux.Proc;

namespace Falter.Experiment;

/// <summary>
/// Processor time that a changing set of processes takes between two looks. A child's time goes to its parent when that waits for it, so the sum over the set stays right while processes come and
/// go, but for two cases that are set right: who is waited for from outside the set takes its time along, and who was there before it joined brings time that is older.
/// </summary>
internal sealed class CpuMeter
{
    private Dictionary<(int Pid, long StartTicks), ProcessUsage> _last = [];
    private long _lastTicks;
    private bool _begun;

    /// <summary>Clock ticks of processor time since the last look; null at the first.</summary>
    /// <param name="processes">The set; those that ended and were not waited for belong to it.</param>
    /// <param name="now">The time, in clock ticks since boot, taken before the processes were read.</param>
    public long? Look(IReadOnlyCollection<ProcessUsage> processes, long now)
    {
        var current = new Dictionary<(int, long), ProcessUsage>();
        foreach (ProcessUsage process in processes) current[(process.Pid, process.StartTicks)] = process;
        long taken = 0;
        foreach ((var key, ProcessUsage process) in current)
        {
            if (_last.TryGetValue(key, out ProcessUsage before)) taken += process.CpuTicks - before.CpuTicks;
            // One tick of slack: the start is rounded down.
            else if (process.StartTicks >= _lastTicks - 1) taken += process.CpuTicks;
        }
        ILookup<int, ProcessUsage> last = _last.Values.ToLookup(p => p.Pid);
        foreach ((var key, ProcessUsage gone) in _last)
        {
            // What was counted of it comes again, with the time of who waited for it.
            if (!current.ContainsKey(key) && HeirOf(gone, last, current)) taken -= gone.CpuTicks;
        }
        bool first = !_begun;
        (_last, _lastTicks, _begun) = (current, now, true);
        // A parent that ignores SIGCHLD gets nothing of its children's time: then what is missing is not known, and never negative.
        return first ? null : Math.Max(taken, 0);
    }

    /// <summary>Whether a parent, or the parent of one that is gone too, was in the set and still is.</summary>
    private static bool HeirOf(ProcessUsage gone, ILookup<int, ProcessUsage> last, Dictionary<(int Pid, long StartTicks), ProcessUsage> current)
    {
        ProcessUsage process = gone;
        // Bounded: numbers that were given again could make a circle.
        for (int generation = 0; generation <= last.Count; generation++)
        {
            if (last[process.ParentPid].Select(p => (ProcessUsage?)p).FirstOrDefault() is not { } parent) return false;
            if (current.ContainsKey((parent.Pid, parent.StartTicks))) return true;
            process = parent;
        }
        return false;
    }

    /// <summary>Those of the last look that are not in the set any more: they may have ended and wait for their parent.</summary>
    public IEnumerable<int> Missing(IReadOnlyCollection<int> pids) => _last.Keys.Select(k => k.Pid).Except(pids);
}
