namespace Falter.Records;

/// <summary>What an injector tells monitors on the same machine, so that an injected error is never taken for a natural one.</summary>
/// <param name="Mechanism"><c>seccomp-notify</c>, <c>ptrace</c> …</param>
/// <param name="SkipsEntry">
/// Whether the kernel's entry tracepoint is skipped for these calls while their exit is seen: a monitor counts them by itself, and only has to mark them.
/// Otherwise it does not see them fail, and adds them.
/// </param>
/// <param name="Injected">What has been injected since the injector began.</param>
public sealed record InjectionNotice(string Mechanism, bool SkipsEntry, IReadOnlyList<InjectedCalls> Injected)
{
    /// <summary>
    /// Whether a monitor sees these calls enter and fail like any other: it has them among its counts, where nothing but their number tells them from natural ones.
    /// </summary>
    public bool SeenFailing { get; init; }
}

/// <summary>Invocations that were made to fail.</summary>
/// <param name="Process">The name of the process that made them.</param>
/// <param name="Syscall">The call.</param>
/// <param name="Errno">What it was made to end in.</param>
/// <param name="Count">Invocations.</param>
public sealed record InjectedCalls(string Process, Syscall Syscall, Errno Errno, long Count);
