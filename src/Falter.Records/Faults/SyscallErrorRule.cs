namespace Falter.Records;

/// <summary>Whether a failed call was skipped or had been carried out.</summary>
public enum FaultPhase
{
    /// <summary>The call is skipped and reported as failed: nothing happened.</summary>
    Before,

    /// <summary>The call is carried out and then reported as failed: the acknowledgement was lost.</summary>
    After,
}

/// <summary>A fault: some invocations of some system calls end in an errno. Pure data.</summary>
public sealed record SyscallErrorRule
{
    /// <summary>The calls that the rule matches, at least one.</summary>
    public required IReadOnlyList<Syscall> Syscalls { get; init; }

    /// <summary>What a failed call reports.</summary>
    public required Errno Errno { get; init; }

    /// <summary>Probability that a matching call fails, 0 to 1. Default 1.</summary>
    public double Rate { get; init; } = 1;

    /// <summary>The most calls that the rule fails. Default: no limit.</summary>
    public long? Count { get; init; }

    /// <summary>Default: before.</summary>
    public FaultPhase Phase { get; init; } = FaultPhase.Before;

    /// <summary>The rule in the rule language: <c>openat,open:error=ENOENT:rate=5%</c>.</summary>
    public override string ToString() =>
        $"{string.Join(',', Syscalls)}:error={Errno}" + (Rate < 1 ? $":rate={Shares.Format(Rate)}" : "") + (Count is { } n ? $":count={n}" : "") +
        (Phase == FaultPhase.After ? ":phase=after" : "");
}

/// <summary>What a rule has done so far.</summary>
/// <param name="Matched">Calls that the rule applied to while it was armed.</param>
/// <param name="Injected">Of those, the calls that were failed.</param>
public readonly record struct InjectionCounts(long Matched, long Injected);
