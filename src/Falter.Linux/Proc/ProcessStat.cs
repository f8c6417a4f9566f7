using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Falter.Linux.Proc;

/// <summary>What <c>/proc/PID/stat</c> says of a process (<c>proc(5)</c>, <c>fs/proc/array.c</c>).</summary>
/// <param name="Pid">Its process id.</param>
/// <param name="Name">Its command name: at most 15 bytes, any characters.</param>
/// <param name="State"><c>R</c>, <c>S</c>, <c>D</c>, <c>T</c>, <c>t</c>, <c>Z</c> (ended, not yet waited for), <c>X</c>, <c>I</c>.</param>
/// <param name="ParentPid">Its parent's process id; 0 for the first process of a pid namespace and for kernel threads' ancestor.</param>
/// <param name="Session">The id of its session: that of the process that began it.</param>
/// <param name="Flags">The kernel's <c>PF_*</c> flags.</param>
/// <param name="Threads">How many threads it has.</param>
/// <param name="StartTicks">When it started, in clock ticks since boot: tells two processes with the same pid apart.</param>
public sealed record ProcessStat(int Pid, string Name, char State, int ParentPid, int Session, uint Flags, int Threads, long StartTicks)
{
    // PF_KTHREAD in include/linux/sched.h.
    private const uint PF_KTHREAD = 0x0020_0000;

    /// <summary>Whether this is a thread of the kernel, which makes no system calls.</summary>
    public bool IsKernelThread => (Flags & PF_KTHREAD) != 0;

    /// <summary>Whether the process has ended and only its exit status is left. (State Z with more threads: only the first one has ended.)</summary>
    public bool HasEnded => State is 'Z' or 'X' && Threads <= 1;

    /// <summary>Reads a process; null where there is none with this id.</summary>
    public static ProcessStat? Read(int pid) =>
        ProcFile.Read($"/proc/{pid}/stat") is { } text && TryParse(text, out ProcessStat? stat) ? stat : null;

    /// <summary>The processor that a thread runs on or ran on last; null where there is no such thread.</summary>
    public static int? LastProcessor(int tid) =>
        ProcFile.Read($"/proc/{tid}/stat") is { } text && text[(text.LastIndexOf(')') + 2)..].Split(' ') is { Length: > 36 } fields ? Number(fields[36]) : null;

    /// <summary>Reads the file's one line. The name is between the first <c>(</c> and the last <c>)</c>, and may hold both, and spaces.</summary>
    internal static bool TryParse(string text, [NotNullWhen(true)] out ProcessStat? stat)
    {
        stat = null;
        int open = text.IndexOf('('), close = text.LastIndexOf(')');
        if (open < 2 || close < open || close + 2 > text.Length) return false;
        // After the name: state(3) ppid(4) pgrp session(6) ... flags(9) ... num_threads(20) itrealvalue starttime(22) ... processor(39), numbered as in proc(5).
        string[] fields = text[(close + 2)..].Split(' ');
        if (fields.Length < 20) return false;
        stat = new ProcessStat(Number(text[..(open - 1)]), text[(open + 1)..close], fields[0][0], Number(fields[1]),
            Number(fields[3]), uint.Parse(fields[6], CultureInfo.InvariantCulture), Number(fields[17]), long.Parse(fields[19], CultureInfo.InvariantCulture));
        return true;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
