using System.Text.Json.Serialization;

namespace Falter.Records;

/// <summary>What one process did with one system call and one outcome in one interval.</summary>
public sealed record SyscallRow
{
    /// <summary>The process's name: the role where the system has roles, else its executable's name. Never a pid.</summary>
    public required string Process { get; init; }

    public required Syscall Syscall { get; init; }
    public required Outcome Outcome { get; init; }

    /// <summary>Invocations that ended so in the interval.</summary>
    public required long Count { get; init; }

    /// <summary>Their total time in the kernel, in nanoseconds.</summary>
    public required long TotalNs { get; init; }

    /// <summary>
    /// Number of invocations by duration: element <c>i</c> counts those of 2^i up to 2^(i+1) ns, the last one all above. Trailing zeros are left out.
    /// Empty where latency was not measured.
    /// </summary>
    public IReadOnlyList<long> Log2Ns { get; init; } = [];

    /// <summary>Whether Falter made these calls end so. Injected rows are never part of a model.</summary>
    public bool Injected { get; init; }

    /// <summary>
    /// Whether a seccomp filter (Falter's own, or a container's) decided these calls before the kernel entered them. They have no latency.
    /// Such calls and those that the kernel carried out are two rows.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool EntrySkipped { get; init; }

    /// <summary>
    /// Error runs that began in the interval: maximal sequences of consecutive calls of one thread to this system call that ended in this outcome.
    /// 0 where runs were not counted.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long Runs { get; init; }
}

/// <summary>One interval of an observation. One line of <c>samples.jsonl</c>.</summary>
public sealed record IntervalSample
{
    /// <summary>End of the interval.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Its length in seconds.</summary>
    public required double IntervalSeconds { get; init; }

    public required IReadOnlyList<SyscallRow> Rows { get; init; }

    /// <summary>Invocations that could not be counted in this interval (a kernel map was full).</summary>
    public long Lost { get; init; }
}
