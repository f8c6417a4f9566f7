using Falter.Observe;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>Monitors that tell roles apart: one for each, because counts are kept by the names of processes, which roles may share. Owns those that it opened.</summary>
internal sealed class RoleMonitors : IDisposable
{
    private readonly SyscallMonitor _shared;
    private readonly Dictionary<string, SyscallMonitor> _own = new(StringComparer.Ordinal);
    private readonly HashSet<string> _roles;
    private readonly bool _apart;

    private RoleMonitors(SyscallMonitor shared, IReadOnlyList<string> roles, bool apart) => (_shared, _roles, _apart) = (shared, [.. roles], apart);

    /// <summary>Names of processes that use io_uring.</summary>
    public IReadOnlyList<string> RingUsers => [.. All.SelectMany(m => m.RingUsers).Distinct(StringComparer.Ordinal)];

    private IEnumerable<SyscallMonitor> All => _apart ? _own.Values : [_shared];

    /// <param name="shared">Follows all roles where they are not told apart, and those that are not asked for.</param>
    /// <param name="roles">The roles that are observed.</param>
    /// <param name="apart">Whether they are told apart.</param>
    public static RoleMonitors Open(SyscallMonitor shared, IReadOnlyList<string> roles, bool apart)
    {
        var monitors = new RoleMonitors(shared, roles, apart);
        try
        {
            if (apart)
            {
                foreach (string role in roles) monitors._own.Add(role, SyscallMonitor.Open(new SyscallMonitorOptions()));
            }
            return monitors;
        }
        catch
        {
            monitors.Dispose();
            throw;
        }
    }

    /// <summary>What follows a role's processes; null: nobody.</summary>
    public SyscallMonitor? Of(string role) => !_roles.Contains(role) ? null : _apart ? _own[role] : _shared;

    /// <summary>What was counted since the last call; where roles are told apart, a row's process is its role.</summary>
    public IntervalSample Read(DateTimeOffset time)
    {
        if (!_apart) return _shared.Read(time);
        List<IntervalSample> parts = [];
        foreach ((string role, SyscallMonitor monitor) in _own)
        {
            IntervalSample part = monitor.Read(time);
            parts.Add(part with { Rows = [.. part.Rows.Select(r => r with { Process = role })] });
        }
        return parts[0] with { Rows = [.. parts.SelectMany(p => p.Rows)], Lost = parts.Sum(p => p.Lost) };
    }

    public void Dispose()
    {
        foreach (SyscallMonitor monitor in _own.Values) monitor.Dispose();
        _own.Clear();
    }
}
