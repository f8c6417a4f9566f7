using Falter.Records;

namespace Falter.Inject;

/// <summary>
/// Acts on system calls of a target: errors, values, delays, signals. Between <see cref="Disarm"/> and <see cref="Arm"/> it changes nothing. Members may be called from
/// any thread.
/// </summary>
public interface ISyscallInjector : IDisposable, IAsyncDisposable
{
    /// <summary>How the kernel is made to do it: a name of <see cref="Mechanisms"/>.</summary>
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

    /// <summary>For each rule, the calls that reached it and were not acted on, by reason. Readable as <see cref="Counts"/>.</summary>
    IReadOnlyList<IReadOnlyDictionary<SkipReason, long>> Skipped { get; }

    /// <summary>
    /// Arms rules in place of those that are armed; counts start at 0. Every rule numbers the calls that meet its predicates; the first whose
    /// condition holds acts. Rules that act before a call are asked at its entry, those that act after it at its exit.
    /// </summary>
    /// <param name="rules">The rules, in order.</param>
    /// <param name="seed">The same seed and the same calls per thread give the same choices.</param>
    /// <param name="options">What else the decisions need. Default: nothing.</param>
    /// <exception cref="FalterException"><c>rule-not-supported</c>: a rule that this mechanism cannot carry out; nothing is armed then.</exception>
    void Arm(IReadOnlyList<SyscallFault> rules, ulong seed, ArmedOptions? options = null);

    /// <summary>Ends the injection. When it returns, no further call fails because of it.</summary>
    void Disarm();
}
