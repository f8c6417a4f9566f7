using System.Globalization;

namespace Falter.Linux.Launch;

/// <summary>One line of the process table, from <c>/proc/PID/stat</c>.</summary>
/// <param name="Pid">Its number.</param>
/// <param name="Parent">The number of its parent.</param>
/// <param name="Session">The number of its session.</param>
/// <param name="State">Z for a zombie.</param>
/// <param name="Flags">PF_* of <c>include/linux/sched.h</c>.</param>
/// <param name="StartTicks">When it started, in clock ticks after boot: tells two processes with one number apart.</param>
internal readonly record struct ProcessEntry(int Pid, int Parent, int Session, char State, long Flags, long StartTicks)
{
    public bool IsZombie => State is 'Z' or 'X';

    /// <summary>The process's entry; null where it is gone.</summary>
    public static ProcessEntry? Read(int pid)
    {
        string text;
        try
        {
            text = File.ReadAllText($"/proc/{pid}/stat");
        }
        catch (IOException)
        {
            return null;
        }
        // The name is in parentheses and may hold anything, parentheses included: the fields begin after the last one.
        string[] fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        return fields.Length < 20 ? null : new ProcessEntry(pid, Number(fields[1]), Number(fields[3]), fields[0][0], long.Parse(fields[6]), long.Parse(fields[19]));

        static int Number(string field) => int.Parse(field, NumberStyles.AllowLeadingSign);
    }

}

/// <summary>The processes of this machine, as far as this process's pid namespace shows them.</summary>
internal static class ProcessTable
{
    /// <summary>All processes.</summary>
    public static IReadOnlyList<ProcessEntry> All() =>
        [.. Directory.EnumerateDirectories("/proc").Select(d => int.TryParse(Path.GetFileName(d.AsSpan()), NumberStyles.None, null, out int pid) ? pid : 0)
            .Where(pid => pid > 0).Select(ProcessEntry.Read).OfType<ProcessEntry>()];

    /// <summary>Whether the process was started with this variable. False where it is gone or belongs to somebody else.</summary>
    public static bool HasVariable(int pid, string variable)
    {
        try
        {
            return $"\0{File.ReadAllText($"/proc/{pid}/environ")}".Contains($"\0{variable}\0", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
