namespace Falter.Records;

/// <summary>One call that was acted on, for the log.</summary>
public sealed record InjectedCall
{
    /// <summary>Milliseconds since the rules were armed.</summary>
    public required double Milliseconds { get; init; }

    /// <summary>Index of the rule in its plan, from 0.</summary>
    public required int Rule { get; init; }

    public required int Pid { get; init; }
    public required int Tid { get; init; }

    /// <summary>Name of the process; empty where it was gone.</summary>
    public required string Process { get; init; }

    public required Syscall Syscall { get; init; }

    /// <summary>The six arguments, as the registers held them.</summary>
    public required IReadOnlyList<ulong> Arguments { get; init; }

    /// <summary>The ordinal of the thread and the number of the matching call (per thread, rule and system call) from 0: what the lot was drawn from.</summary>
    public required int ThreadOrdinal { get; init; }
    public required long Call { get; init; }

    /// <summary>The file that the call is about; null where it is about none, or it could not be read.</summary>
    public string? Path { get; init; }

    /// <summary>The other side of its socket, or the address that it names.</summary>
    public string? Peer { get; init; }

    public required FaultPhase Phase { get; init; }

    /// <summary>What was done.</summary>
    public required SyscallEffect Effect { get; init; }

    /// <summary>How long it was held, at its entry and exit together; 0 where it was not. Milliseconds.</summary>
    public double DelayMilliseconds { get; init; }
}

/// <summary>What a rule has done so far.</summary>
/// <param name="Matched">Calls that met the rule's predicates while it was armed.</param>
/// <param name="Injected">Of those, the calls that were acted on.</param>
public readonly record struct InjectionCounts(long Matched, long Injected);
