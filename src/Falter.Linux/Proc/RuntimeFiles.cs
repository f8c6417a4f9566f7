using System.Globalization;

namespace Falter.Linux.Proc;

/// <summary>Where language runtimes offer their figures: files in the temporary folder that a process sees, which may be another one than ours.</summary>
public static class RuntimeFiles
{
    /// <summary>
    /// The socket at which a .NET process answers diagnostic questions, <c>dotnet-diagnostic-PID-START-socket</c> in its TMPDIR (dotnet/diagnostics, ipc-protocol.md); null where it offers none, or
    /// where it may not be reached.
    /// </summary>
    public static string? DiagnosticsSocket(int pid)
    {
        if (ProcessStat.Read(pid) is not { } process) return null;
        // START tells processes that had the same number one after the other apart: sockets of killed ones stay.
        string socket = $"{InRootOf(pid, TemporaryFolder(pid).TrimEnd('/'))}/dotnet-diagnostic-{OwnPid(pid)}-{process.StartTicks}-socket";
        return File.Exists(socket) ? socket : null;
    }

    /// <summary>The memory in which a JVM keeps its performance counters, <c>/tmp/hsperfdata_USER/PID</c> (always <c>/tmp</c>: os_linux.cpp, get_temp_directory); null where there is none.</summary>
    public static string? JvmCounters(int pid)
    {
        string name = OwnPid(pid).ToString(CultureInfo.InvariantCulture);
        try
        {
            return Directory.EnumerateDirectories(InRootOf(pid, "/tmp"), "hsperfdata_*").Select(d => Path.Combine(d, name)).Where(Interop.Inode.IsFile).MaxBy(File.GetLastWriteTimeUtc);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>A folder as the process sees it. Ours, where that is the same: of another user's process the link cannot be followed.</summary>
    private static string InRootOf(int pid, string folder)
    {
        string seen = $"/proc/{pid}/root{folder}";
        return Directory.Exists(seen) ? seen : folder;
    }

    private static string TemporaryFolder(int pid) =>
        (ProcFile.Read($"/proc/{pid}/environ") ?? "").Split('\0').FirstOrDefault(v => v.StartsWith("TMPDIR=/", StringComparison.Ordinal))?["TMPDIR=".Length..] ?? "/tmp";

    /// <summary>Its number in its own pid namespace: the last of <c>NSpid</c>.</summary>
    private static int OwnPid(int pid)
    {
        string? line = (ProcFile.Read($"/proc/{pid}/status") ?? "").Split('\n').FirstOrDefault(l => l.StartsWith("NSpid:", StringComparison.Ordinal));
        return int.TryParse(line?.Split('\t')[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int own) ? own : pid;
    }
}
