using Falter.Linux.Calls;
using Falter.Records;

namespace Falter.Inject;

/// <summary>A call that predicates are asked of. What has to be read is read once, and only when a rule asks.</summary>
internal ref struct MatchedCall(ThreadCalls thread, Syscall call, ReadOnlySpan<ulong> arguments, ArmedOptions options)
{
    private readonly ReadOnlySpan<ulong> _arguments = arguments;
    private IReadOnlyList<string>? _paths;
    private SocketFacts? _socket;
    private bool _pathsRead;

    /// <summary>Whether the thread's memory was read.</summary>
    public bool HasRead { get; private set; }

    /// <summary>The first predicate that the call does not meet; null where it meets all. The cheap ones are asked first.</summary>
    public SkipReason? Obstacle(CallPredicates where)
    {
        if (where.AsksNothing) return null;
        foreach (ArgumentPredicate predicate in where.Arguments)
        {
            if (!predicate.Holds(_arguments)) return SkipReason.Argument;
        }
        if (where.Descriptors.Count > 0 && !HasDescriptor(where.Descriptors)) return SkipReason.Descriptor;
        if (where.Roles.Count > 0 && (options.RoleOf?.Invoke(thread.Pid) is not { } role || !where.Roles.Contains(role, StringComparer.Ordinal))) return SkipReason.Role;
        if (where.Threads.Count > 0 && Named(thread.Name(), where.Threads, SkipReason.Thread) is { } threadObstacle) return threadObstacle;
        if (where.Processes.Count > 0 && Named(thread.ProcessName(), where.Processes, SkipReason.Process) is { } processObstacle) return processObstacle;
        if (where.Paths.Count > 0 && PathObstacle(where.Paths) is { } path) return path;
        if (where.Peers.Count > 0 && !HasPeer(where.Peers)) return SkipReason.Peer;
        return where.Ports.Count > 0 && !HasPort(where.Ports) ? SkipReason.Port : null;
    }

    private readonly bool HasDescriptor(IReadOnlyList<int> wanted)
    {
        CallArguments form = CallArguments.Of(call);
        foreach (int index in form.Descriptors)
        {
            if (wanted.Contains((int)_arguments[index])) return true;
        }
        foreach ((int? folder, _) in form.Paths)
        {
            if (folder is { } index && wanted.Contains((int)_arguments[index])) return true;
        }
        return false;
    }

    private static SkipReason? Named(string? name, IReadOnlyList<Glob> globs, SkipReason reason) =>
        name is null ? SkipReason.Unreadable : globs.Any(g => g.Matches(name)) ? null : reason;

    private SkipReason? PathObstacle(IReadOnlyList<Glob> globs)
    {
        if (!_pathsRead) (_paths, _pathsRead, HasRead) = (CallFacts.Paths(thread.Tid, call, _arguments), true, true);
        if (_paths is not { } paths) return SkipReason.Unreadable;
        return paths.Any(p => globs.Any(g => g.Matches(p))) ? null : SkipReason.Path;
    }

    private bool HasPeer(IReadOnlyList<PeerPattern> peers) =>
        Socket().Peer is { } peer && peers.Any(p => peer.Network is { } network ? p.Matches(network) : p.Matches(peer.Path!));

    private bool HasPort(IReadOnlyList<PortRange> ports)
    {
        SocketFacts socket = Socket();
        return ports.Any(p => socket.Local?.Network is { } local && p.Contains(local.Port) || socket.Peer?.Network is { } peer && p.Contains(peer.Port));
    }

    private SocketFacts Socket()
    {
        HasRead = true;
        return _socket ??= CallFacts.Socket(thread.Pid, thread.Tid, call, _arguments);
    }
}
