using System.Globalization;
using Falter.Linux.Cgroup;
using Falter.Records;

namespace Falter.Inject;

/// <summary>A limit of a control group: which file holds it in either version, and what is written there.</summary>
internal abstract record GroupLimit
{
    /// <summary>The controller's name.</summary>
    public abstract string Controller { get; }

    /// <summary>What it does to the processes, in one sentence.</summary>
    public abstract string Does { get; }

    /// <summary>The file in version 2 or 1.</summary>
    public abstract string File(bool version2);

    /// <summary>What to write into a group.</summary>
    /// <exception cref="FalterException"><c>rule-not-supported</c>: the kernel takes no such limit.</exception>
    public abstract string Value(string folder, bool version2);

    /// <summary>Whether the group is limited to as much or less already.</summary>
    public abstract bool IsNoNarrowerThan(string folder, bool version2);

    /// <summary>How often the limit was met.</summary>
    public abstract long Met(string folder, bool version2);

    /// <summary>What must be known of it.</summary>
    public abstract IEnumerable<string> Notes(bool ownGroup);
}

/// <summary>A share of the processors' time.</summary>
/// <param name="Cpus">1 is one processor.</param>
internal sealed record CpuLimit(double Cpus) : GroupLimit
{
    // CFS_BANDWIDTH_PERIOD: the kernel's default, 100 ms; min_cfs_quota_period: 1 ms (kernel/sched/core.c).
    private const long DefaultPeriodMicroseconds = 100_000, LeastQuotaMicroseconds = 1_000;

    public override string Controller => "cpu";

    public override string Does => string.Create(CultureInfo.InvariantCulture, $"together they get {Cpus * 100:0.##} % of one processor");

    public override string File(bool version2) => version2 ? "cpu.max" : "cpu.cfs_quota_us";

    public override string Value(string folder, bool version2)
    {
        // The period stays as it is: one file is changed, and can be changed back.
        long period = Period(folder, version2), quota = (long)Math.Round(period * Cpus);
        if (quota < LeastQuotaMicroseconds)
        {
            throw FalterException.Usage("rule-not-supported", string.Create(CultureInfo.InvariantCulture,
                $"cpu={Cpus * 100:0.###}%: the kernel gives no less than 1 ms in {period / 1000.0:0.#} ms; the least is cpu={100.0 * LeastQuotaMicroseconds / period:0.##}%"));
        }
        return version2 ? $"{quota} {period}" : quota.ToString(CultureInfo.InvariantCulture);
    }

    public override bool IsNoNarrowerThan(string folder, bool version2) =>
        GroupFile.Words(folder, File(version2)) is [var first, ..] && long.TryParse(first, CultureInfo.InvariantCulture, out long quota) && quota > 0 && quota <= Cpus * Period(folder, version2);

    public override long Met(string folder, bool version2) => GroupFile.Number(folder, "cpu.stat", "nr_throttled");

    public override IEnumerable<string> Notes(bool ownGroup) =>
        [string.Create(CultureInfo.InvariantCulture, $"they run at full speed until the share of a period ({DefaultPeriodMicroseconds / 1000} ms unless the group says otherwise) is used up, and stand still for its rest")];

    private static long Period(string folder, bool version2)
    {
        string? text = version2 ? GroupFile.Words(folder, "cpu.max").ElementAtOrDefault(1) : GroupFile.Read(folder, "cpu.cfs_period_us");
        return long.TryParse(text, CultureInfo.InvariantCulture, out long period) && period > 0 ? period : DefaultPeriodMicroseconds;
    }
}

/// <summary>A limit of memory.</summary>
/// <param name="Bytes">Of all processes together.</param>
internal sealed record MemoryLimit(long Bytes) : GroupLimit
{
    public override string Controller => "memory";

    public override string Does => $"together they get at most {Bytes} bytes of memory, page cache included";

    public override string File(bool version2) => version2 ? "memory.max" : "memory.limit_in_bytes";

    public override string Value(string folder, bool version2) => Bytes.ToString(CultureInfo.InvariantCulture);

    public override bool IsNoNarrowerThan(string folder, bool version2) => long.TryParse(GroupFile.Read(folder, File(version2)), CultureInfo.InvariantCulture, out long limit) && limit <= Bytes;

    public override long Met(string folder, bool version2) => version2 ? GroupFile.Number(folder, "memory.events", "max") : GroupFile.Number(folder, "memory.failcnt", null);

    public override IEnumerable<string> Notes(bool ownGroup) =>
    [
        ownGroup ? "what they use already counts: the kernel takes back and swaps out what it can, and where that is not enough it may kill processes of the target"
            : "what they use already stays counted where it was; what they take from now on counts, and where the kernel cannot take back or swap out enough of it, it may kill processes of the target",
    ];
}
