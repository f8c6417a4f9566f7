using Falter.Linux.Calls;
using Falter.Records;

namespace Falter.Inject;

/// <summary>What armed rules need beyond themselves.</summary>
public sealed record ArmedOptions
{
    /// <summary>Nothing.</summary>
    public static ArmedOptions None { get; } = new();

    /// <summary>
    /// Is told of every call that was acted on, on the injector's thread, while the target waits: it must not block. Reading what a call is about costs some
    /// 10 µs for each call that is acted on, or may be at its exit.
    /// </summary>
    public Action<InjectedCall>? Log { get; init; }

    /// <summary>The role of a process; null where it has none. Asked once for every thread.</summary>
    public Func<int, string?>? RoleOf { get; init; }

    /// <summary>Whether the call of this id still waits for its answer: asked after its thread's memory was read. Set by the injector.</summary>
    internal Func<ulong, bool>? StillWaits { get; init; }

    /// <summary>The file and the peer that a call is about, for the log.</summary>
    internal static (string? Path, string? Peer) NotedFacts(int pid, int tid, Syscall call, ReadOnlySpan<ulong> arguments)
    {
        SocketFacts socket = CallFacts.Socket(pid, tid, call, arguments);
        string? path = CallFacts.Paths(tid, call, arguments) is { Count: > 0 } paths ? string.Join(" ", paths) : null;
        return (path, socket.Peer?.ToString() ?? (call.Name == "bind" ? socket.Local?.ToString() : null));
    }
}
