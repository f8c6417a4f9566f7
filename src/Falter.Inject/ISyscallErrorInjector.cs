using Falter.Records;

namespace Falter.Inject;

/// <summary>
/// Makes system calls of a target end in errors. Between <see cref="Disarm"/> and <see cref="Arm"/> it changes nothing. Members may be called from
/// any thread.
/// </summary>
public interface ISyscallErrorInjector : IDisposable, IAsyncDisposable
{
    /// <summary>How the kernel is made to do it: <c>seccomp-notify</c> or <c>ptrace</c>.</summary>
    string Mechanism { get; }

    /// <summary>Whether no process of the target is left.</summary>
    bool TargetGone { get; }

    /// <summary>Why it injects no longer, where its thread has ended by an exception; null where it is well. The target runs on.</summary>
    Exception? Failure { get; }

    /// <summary>The target's processes that live now.</summary>
    IReadOnlyList<int> Pids { get; }

    /// <summary>How it ends, also by hand, in one sentence.</summary>
    string Undo { get; }

    /// <summary>What each armed rule has done: readable while armed, and after disarming until the next arming. Empty before the first.</summary>
    IReadOnlyList<InjectionCounts> Counts { get; }

    /// <summary>
    /// Arms rules in place of those that are armed; counts start at 0. The first rule that names a call decides it, also when its count is used up.
    /// </summary>
    /// <param name="rules">The rules, in order.</param>
    /// <param name="seed">The same seed and the same calls per thread give the same choices.</param>
    /// <exception cref="FalterException"><c>rule-not-supported</c>: a rule that this mechanism cannot carry out; nothing is armed then.</exception>
    void Arm(IReadOnlyList<SyscallErrorRule> rules, ulong seed);

    /// <summary>Ends the injection. When it returns, no further call fails because of it.</summary>
    void Disarm();
}
