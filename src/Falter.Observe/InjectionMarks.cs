using Falter.Linux.Notices;
using Falter.Records;

namespace Falter.Observe;

/// <summary>Keeps injected outcomes apart from natural ones in what a monitor counted, by what the injectors tell.</summary>
internal sealed class InjectionMarks
{
    private readonly Dictionary<string, InjectionNotice> _notices = [];
    private Dictionary<(string Process, Syscall Syscall, Errno Errno), long> _added = [];

    /// <summary>Asks the injectors. To be called after the counters were read, so that whatever they counted has been told.</summary>
    public void Ask()
    {
        // One that has ended stays: what it injected at the end is counted only afterwards.
        foreach ((string injector, InjectionNotice notice) in InjectionNotices.Read()) _notices[injector] = notice;
    }

    /// <summary>The rows with those of injected outcomes marked, and those added that a tracepoint cannot see.</summary>
    /// <param name="rows">An interval's rows.</param>
    /// <param name="processes">Names of the followed processes: injections into others are no concern of this monitor.</param>
    public IReadOnlyList<SyscallRow> Apply(IReadOnlyList<SyscallRow> rows, IReadOnlySet<string> processes)
    {
        if (_notices.Count == 0) return rows;
        var marked = new HashSet<(string, Syscall, Errno)>();
        var added = new Dictionary<(string Process, Syscall Syscall, Errno Errno), long>();
        foreach (InjectionNotice notice in _notices.Values)
        {
            foreach (InjectedCalls calls in notice.Injected.Where(c => processes.Contains(c.Process)))
            {
                (string, Syscall, Errno) key = (calls.Process, calls.Syscall, calls.Errno);
                if (notice.SkipsEntry) marked.Add(key);
                else added[key] = added.GetValueOrDefault(key) + calls.Count;
            }
        }
        List<SyscallRow> all = [.. rows.Select(r => r.EntrySkipped && r.Outcome.IsError && marked.Contains((r.Process, r.Syscall, r.Outcome.Errno)) ? r with { Injected = true } : r)];
        foreach ((var key, long count) in added)
        {
            long growth = count - _added.GetValueOrDefault(key);
            if (growth > 0) all.Add(new SyscallRow { Process = key.Process, Syscall = key.Syscall, Outcome = new Outcome(key.Errno.Number), Count = growth, TotalNs = 0, Injected = true });
        }
        _added = added;
        return all;
    }
}
