using Falter.Linux.Notices;
using Falter.Records;

namespace Falter.Observe;

/// <summary>Keeps injected outcomes apart from natural ones in what a monitor counted, by what the injectors tell.</summary>
/// <param name="tellsSkipped">Whether the monitor tells which calls skipped the kernel's entry; otherwise it counts those that seccomp failed as if they were natural.</param>
internal sealed class InjectionMarks(bool tellsSkipped)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, InjectionNotice> _notices = [];
    private bool _begun;
    private readonly Dictionary<(string Process, Syscall Syscall, Errno Errno), long> _early = [];
    private Dictionary<(string Process, Syscall Syscall, Errno Errno), long> _told = [];

    /// <summary>Asks the injectors. To be called after the counters were read, so that whatever they counted has been told; without any lock, as it may take a second.</summary>
    public void Ask()
    {
        IReadOnlyList<(string Injector, InjectionNotice Notice)> told = InjectionNotices.Read();
        lock (_lock)
        {
            foreach ((string injector, InjectionNotice notice) in told)
            {
                // What was injected before this monitor knew of its injector is no matter of its counts, unless both began together.
                if (!_notices.ContainsKey(injector) && !_begun) AddTo(_told, notice);
                // One that has ended stays: what it injected at the end is counted only afterwards.
                _notices[injector] = notice;
            }
            _begun = true;
        }
    }

    /// <summary>The rows with those of injected outcomes marked, and those added that a tracepoint cannot see.</summary>
    /// <param name="rows">An interval's rows.</param>
    /// <param name="processes">Names of the followed processes: injections into others are no concern of this monitor.</param>
    public IReadOnlyList<SyscallRow> Apply(IReadOnlyList<SyscallRow> rows, IReadOnlySet<string> processes)
    {
        lock (_lock) return _notices.Count == 0 ? rows : Marked(rows, processes);
    }

    private SyscallRow[] Marked(IReadOnlyList<SyscallRow> rows, IReadOnlySet<string> processes)
    {
        var marked = new HashSet<(string, Syscall, Errno)>();
        // Told apart by the monitor itself; by their number alone; not seen at all.
        Dictionary<(string Process, Syscall Syscall, Errno Errno), long> apart = [], split = [], added = [];
        foreach (InjectionNotice notice in _notices.Values)
        {
            bool isApart = notice.SkipsEntry && tellsSkipped;
            AddTo(isApart ? apart : notice.SkipsEntry || notice.SeenFailing ? split : added, notice);
            if (isApart) marked.UnionWith(notice.Injected.Select(c => (c.Process, c.Syscall, c.Errno)));
        }
        IEnumerable<SyscallRow> known = rows.SelectMany(r =>
            r.EntrySkipped && r.Outcome.IsError && marked.Contains((r.Process, r.Syscall, r.Outcome.Errno)) ? [r with { Injected = true }] : r.EntrySkipped ? [r] : Split(r, split));
        SyscallRow[] all = [.. known, .. added.Where(a => processes.Contains(a.Key.Process)).Select(a => Added(a.Key, a.Value - _told.GetValueOrDefault(a.Key))).Where(r => r.Count > 0)];
        foreach ((var key, long told) in split.Where(s => !rows.Any(r => r.Outcome.IsError && (r.Process, r.Syscall, r.Outcome.Errno) == s.Key))) _early[key] = told - _told.GetValueOrDefault(key);
        _told = apart.Concat(split).Concat(added).GroupBy(c => c.Key).ToDictionary(g => g.Key, g => g.Sum(c => c.Value));
        return all;
    }

    private static void AddTo(Dictionary<(string Process, Syscall Syscall, Errno Errno), long> counts, InjectionNotice notice)
    {
        foreach (InjectedCalls calls in notice.Injected) counts[(calls.Process, calls.Syscall, calls.Errno)] = counts.GetValueOrDefault((calls.Process, calls.Syscall, calls.Errno)) + calls.Count;
    }

    /// <summary>A row in which injected calls and natural ones are together, as two: their time is shared out by number.</summary>
    private IEnumerable<SyscallRow> Split(SyscallRow row, Dictionary<(string, Syscall, Errno), long> injected)
    {
        (string, Syscall, Errno) key = (row.Process, row.Syscall, row.Outcome.IsError ? row.Outcome.Errno : default);
        if (!row.Outcome.IsError || !injected.TryGetValue(key, out long told)) return [row];
        long growth = told - _told.GetValueOrDefault(key), count = Math.Min(row.Count, growth + _early.GetValueOrDefault(key)), natural = row.Count - count;
        // Told, but not yet past its exit: it will be in the next reading.
        _early[key] = Math.Min(growth, growth + _early.GetValueOrDefault(key) - count);
        if (count <= 0) return [row];
        SyscallRow failed = row with { Injected = true, Count = count, TotalNs = row.TotalNs * count / row.Count, Latency = natural == 0 ? row.Latency : null, Runs = natural == 0 ? row.Runs : 0 };
        return natural == 0 ? [failed] : [failed, row with { Count = natural, TotalNs = row.TotalNs - failed.TotalNs, Latency = null, Runs = 0 }];
    }

    private static SyscallRow Added((string Process, Syscall Syscall, Errno Errno) key, long count) =>
        new() { Process = key.Process, Syscall = key.Syscall, Outcome = new Outcome(key.Errno.Number), Count = count, TotalNs = 0, Injected = true };
}
