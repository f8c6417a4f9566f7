using Falter.Records;

namespace Falter.Cli;

/// <summary>In which order an interval's rows are shown: the most of it first.</summary>
internal enum MonitorSort
{
    /// <summary>Total time in the kernel.</summary>
    Time,

    /// <summary>Invocations.</summary>
    Count,

    /// <summary>Invocations that ended in an errno; others follow.</summary>
    Errors,

    /// <summary>Share of the call's invocations that ended in this errno; others follow.</summary>
    Rate,

    /// <summary>99th percentile of the latency.</summary>
    P99,
}

/// <summary>A row with what only the whole interval tells.</summary>
/// <param name="Row">The row.</param>
/// <param name="Rate">Its outcome's share, 0 to 1, of the process's invocations of that call in the interval.</param>
internal sealed record RatedRow(SyscallRow Row, double Rate);

/// <summary>Which rows of an interval are shown, and in which order.</summary>
internal sealed record MonitorFilter
{
    /// <summary>At most so many; null for all.</summary>
    public int? Top { get; init; }

    /// <summary>Whether only calls that ended in an errno are shown.</summary>
    public bool FailuresOnly { get; init; }

    /// <summary>Only this errno; null for all.</summary>
    public Errno? Errno { get; init; }

    /// <summary>Only these calls.</summary>
    public SyscallSet Syscalls { get; init; } = SyscallSet.All;

    public MonitorSort Sort { get; init; }

    /// <summary>The rows to show, in order.</summary>
    public IReadOnlyList<RatedRow> Apply(IReadOnlyList<SyscallRow> rows)
    {
        Dictionary<(string, Syscall), long> calls = rows.GroupBy(r => (r.Process, r.Syscall)).ToDictionary(g => g.Key, g => g.Sum(r => r.Count));
        return
        [
            .. rows.Where(IsShown).Select(r => new RatedRow(r, (double)r.Count / calls[(r.Process, r.Syscall)]))
                .OrderByDescending(Rank).ThenByDescending(r => r.Row.TotalNs).ThenByDescending(r => r.Row.Count)
                .ThenBy(r => r.Row.Process, StringComparer.Ordinal).ThenBy(r => r.Row.Syscall.Number).ThenBy(r => r.Row.Outcome.Code).ThenBy(r => r.Row.Injected)
                .Take(Top ?? int.MaxValue),
        ];
    }

    private bool IsShown(SyscallRow row) =>
        (!FailuresOnly || row.Outcome.IsError) && (Errno is not { } e || (row.Outcome.IsError && row.Outcome.Errno == e)) && Syscalls.Contains(row.Syscall);

    private double Rank(RatedRow rated) => Sort switch
    {
        MonitorSort.Count => rated.Row.Count,
        MonitorSort.Errors => rated.Row.Outcome.IsError ? rated.Row.Count : 0,
        MonitorSort.Rate => rated.Row.Outcome.IsError ? rated.Rate : 0,
        MonitorSort.P99 => rated.Row.Latency?.Quantile(0.99) ?? 0,
        _ => rated.Row.TotalNs,
    };
}
