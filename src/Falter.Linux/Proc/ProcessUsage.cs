using System.Globalization;

namespace Falter.Linux.Proc;

/// <summary>What a process uses, of <c>/proc/PID/stat</c> (<c>proc(5)</c>, <c>fs/proc/array.c</c>).</summary>
/// <param name="Pid">Its process id.</param>
/// <param name="StartTicks">When it started, in clock ticks since boot: tells two processes with the same pid apart.</param>
/// <param name="ParentPid">Its parent's process id.</param>
/// <param name="CpuTicks">Processor time in clock ticks: its own, and that of children that it waited for, and theirs.</param>
/// <param name="ResidentBytes">Resident memory, shared pages included.</param>
/// <param name="Threads">How many threads it has.</param>
/// <param name="HasEnded">Whether only its exit status, and the time it took, are left.</param>
public readonly record struct ProcessUsage(int Pid, long StartTicks, int ParentPid, long CpuTicks, long ResidentBytes, int Threads, bool HasEnded)
{
    /// <summary>Clock ticks in a second: USER_HZ, 100 on x86-64 and arm64 whatever the kernel's own frequency (include/asm-generic/param.h).</summary>
    public const int TicksPerSecond = 100;

    /// <summary>Reads a process; null where there is none with this id.</summary>
    public static ProcessUsage? Read(int pid) => ProcFile.Read($"/proc/{pid}/stat") is { } text && TryParse(text, out ProcessUsage usage) ? usage : null;

    /// <summary>Open descriptors of a process; null where it is gone or somebody else's.</summary>
    public static int? Descriptors(int pid)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries($"/proc/{pid}/fd").Count();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Clock ticks since boot, on the clock of <see cref="StartTicks"/>: suspended time counts.</summary>
    public static long TicksSinceBoot() =>
        ProcFile.Read("/proc/uptime") is { } text && double.TryParse(text.AsSpan(0, text.IndexOf(' ')), NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds)
            ? (long)(seconds * TicksPerSecond) : 0;

    /// <summary>Reads the file's one line. Never throws: a fuzz loop holds it to that.</summary>
    public static bool TryParse(string text, out ProcessUsage usage)
    {
        usage = default;
        int open = text.IndexOf('('), close = text.LastIndexOf(')');
        if (open < 1 || close < open || close + 2 > text.Length) return false;
        // After the name: state(3) ppid(4) ... utime(14) stime(15) cutime(16) cstime(17) ... num_threads(20) itrealvalue starttime(22) vsize rss(24), numbered as in proc(5).
        string[] fields = text[(close + 2)..].Split(' ');
        if (fields.Length < 22 || fields[0].Length != 1) return false;
        Span<long> numbers = stackalloc long[22];
        foreach (int field in (ReadOnlySpan<int>)[1, 11, 12, 13, 14, 17, 19, 21])
        {
            if (!long.TryParse(fields[field], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out numbers[field])) return false;
        }
        if (!int.TryParse(text.AsSpan(0, open).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int pid)) return false;
        bool ended = fields[0][0] is 'Z' or 'X' && numbers[17] <= 1;
        usage = new ProcessUsage(pid, numbers[19], (int)numbers[1], numbers[11] + numbers[12] + numbers[13] + numbers[14], numbers[21] * Environment.SystemPageSize, (int)numbers[17], ended);
        return true;
    }
}
