namespace Falter.Records;

/// <summary>Whether a failed call was skipped or had been carried out.</summary>
public enum FaultPhase
{
    /// <summary>The call is skipped and reported as failed: nothing happened.</summary>
    Before,

    /// <summary>The call is carried out and then reported as failed: the acknowledgement was lost.</summary>
    After,
}

/// <summary>A fault: something is done to some invocations of some system calls. Of several rules for the same call, the first that acts wins.</summary>
public sealed record SyscallFault : Fault
{
    /// <summary>The calls that the rule is about, at least one.</summary>
    public required IReadOnlyList<Syscall> Syscalls { get; init; }

    /// <summary>The calls as they were written (<c>open,%network</c>); null where they were not written. Not part of the meaning.</summary>
    public string? SyscallsText { get; init; }

    /// <summary>What is done to a call.</summary>
    public required SyscallEffect Effect { get; init; }

    /// <summary>Which invocations the rule matches. Default: all of its calls.</summary>
    public CallPredicates Where { get; init; } = CallPredicates.Any;

    /// <summary>Which of the matching invocations it is done to. Default: all.</summary>
    public CallCondition Condition { get; init; } = CallCondition.Always;

    /// <summary>Default: before.</summary>
    public FaultPhase Phase { get; init; } = FaultPhase.Before;

    /// <summary>
    /// Whether only calls that succeed can be acted on: asked for, or because a call that has failed by itself cannot be failed <em>afterwards</em>. Only
    /// <see cref="FaultPhase.After"/> can know.
    /// </summary>
    public bool NeedsSuccess => Where.SuccessOnly || Phase == FaultPhase.After && Effect.ReplacesResult;

    /// <summary>A rule that fails calls.</summary>
    public static SyscallFault Error(IReadOnlyList<Syscall> syscalls, Errno errno, double rate = 1) =>
        new() { Syscalls = syscalls, Effect = new SyscallEffect { Error = errno }, Condition = new CallCondition { Rate = rate } };

    /// <summary>The rule in the rule language: <c>openat,open:error=ENOENT:rate=5%</c>.</summary>
    public override string ToString() => FaultText.Of(this);
}
