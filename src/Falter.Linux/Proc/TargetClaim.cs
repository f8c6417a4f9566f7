using System.Globalization;
using System.Net.Sockets;
using Falter.Records;

namespace Falter.Linux.Proc;

/// <summary>
/// That this process injects into a target: a second Falter must not, because each would take the other's faults for the target's own. The claim is a bound abstract
/// Unix socket (unix(7)), so the kernel takes it back when this process ends in whatever way. Seen within one network namespace.
/// </summary>
public sealed class TargetClaim : IDisposable
{
    private const string Prefix = "falter/target/";

    private readonly List<Socket> _names = [];

    private TargetClaim()
    {
    }

    /// <summary>Claims processes with all their descendants.</summary>
    /// <exception cref="FalterException"><c>target-claimed</c>: another Falter has one of them, an ancestor or a descendant of one.</exception>
    public static TargetClaim Of(IReadOnlyList<int> roots)
    {
        var claim = new TargetClaim();
        try
        {
            foreach (ProcessStat root in roots.Select(ProcessStat.Read).OfType<ProcessStat>()) claim.Bind(root);
            if (Conflict(roots) is { } other) throw Refusal(other);
            return claim;
        }
        catch
        {
            claim.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Socket name in _names) name.Dispose();
        _names.Clear();
    }

    private void Bind(ProcessStat root)
    {
        var name = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            name.Bind(new UnixDomainSocketEndPoint(string.Create(CultureInfo.InvariantCulture, $"\0{Prefix}{root.Pid}/{root.StartTicks}")));
            _names.Add(name);
        }
        catch (SocketException e)
        {
            name.Dispose();
            throw e.SocketErrorCode == SocketError.AddressAlreadyInUse ? Refusal(root) : e;
        }
    }

    /// <summary>A process that somebody else has claimed and that is part of this target, or that this target is part of.</summary>
    private static ProcessStat? Conflict(IReadOnlyList<int> roots)
    {
        var own = roots.ToHashSet();
        ProcessStat[] claimed = [.. Claimed().Where(c => !own.Contains(c.Pid))];
        if (claimed.Length == 0) return null;
        var family = ProcessTable.WithDescendants(roots).Select(p => p.Pid).ToHashSet();
        foreach (int root in roots)
        {
            for (ProcessStat? ancestor = ProcessStat.Read(root); ancestor is { Pid: > 1 }; ancestor = ProcessStat.Read(ancestor.ParentPid)) family.Add(ancestor.Pid);
        }
        return claimed.FirstOrDefault(c => family.Contains(c.Pid));
    }

    private static IEnumerable<ProcessStat> Claimed()
    {
        // The last column is the name; an abstract one begins with @ (fs: net/unix/af_unix.c, unix_seq_show).
        foreach (string line in ProcFile.Read("/proc/net/unix")?.Split('\n') ?? [])
        {
            int at = line.IndexOf('@' + Prefix, StringComparison.Ordinal);
            if (at < 0) continue;
            string[] parts = line[(at + 1 + Prefix.Length)..].Split('/');
            if (parts.Length == 2 && int.TryParse(parts[0], CultureInfo.InvariantCulture, out int pid) && long.TryParse(parts[1], CultureInfo.InvariantCulture, out long ticks) &&
                ProcessStat.Read(pid) is { } process && process.StartTicks == ticks)
            {
                yield return process;
            }
        }
    }

    private static FalterException Refusal(ProcessStat process) =>
        FalterException.Cannot("target-claimed", $"another Falter injects into process {process.Pid} ({process.Name}) already; wait for its end, or stop it (Ctrl-C undoes what it armed)");
}
