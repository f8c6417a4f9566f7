using System.Globalization;

namespace Falter.Linux.Proc;

/// <summary>The sockets that a process holds.</summary>
internal static class ProcessSockets
{
    /// <summary>
    /// Whether it holds one of a network: a socket that is listed neither among those of Unix nor of netlink. (The lists of TCP and UDP leave out those that
    /// are not bound yet.)
    /// </summary>
    public static bool AnyOfNetwork(int pid)
    {
        long[] held = [.. ProcFile.Links($"/proc/{pid}/fd").Select(InodeIn).OfType<long>()];
        if (held.Length == 0) return false;
        HashSet<long> local = [.. Listed($"/proc/{pid}/net/unix", 6), .. Listed($"/proc/{pid}/net/netlink", 9)];
        return held.Any(h => !local.Contains(h));
    }

    /// <summary>The number in <c>socket:[12345]</c>.</summary>
    private static long? InodeIn(string link) =>
        link.StartsWith("socket:[", StringComparison.Ordinal) && long.TryParse(link.AsSpan(8).TrimEnd(']'), NumberStyles.None, CultureInfo.InvariantCulture, out long inode) ? inode : null;

    /// <summary>The numbers in one column of a list whose first line names the columns.</summary>
    private static IEnumerable<long> Listed(string path, int column) =>
        (ProcFile.Read(path) ?? "").Split('\n').Skip(1).Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(f => f.Length > column)
            .Select(f => long.TryParse(f[column], NumberStyles.None, CultureInfo.InvariantCulture, out long inode) ? inode : 0);
}
