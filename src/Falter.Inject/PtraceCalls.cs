using Falter.Linux.Ptrace;
using Falter.Records;

namespace Falter.Inject;

/// <summary>
/// The calls that traced threads are in, and what is done to them at their stops: at most one for each thread. On the tracer's thread only, with the
/// injector's lock held where counts change.
/// </summary>
internal sealed class PtraceCalls
{
    private readonly Dictionary<int, CallUnderWay> _calls = [];

    /// <summary>Whether no thread is in a call that matters.</summary>
    public bool IsEmpty => _calls.Count == 0;

    /// <summary>Whether a thread must not be left alone yet: its registers are not its own.</summary>
    public bool HasUnfinished => _calls.Values.Any(c => c.IsUnfinished);

    /// <summary>Whether a thread is in a call that matters.</summary>
    public bool Contains(int tid) => _calls.ContainsKey(tid);

    /// <summary>The thread is gone, or has another program.</summary>
    public void Forget(int tid) => _calls.Remove(tid);

    /// <summary>Forgets what other rules have decided, but for what must be put in order first.</summary>
    public void ForgetFinished()
    {
        foreach (int tid in _calls.Where(c => !c.Value.IsUnfinished).Select(c => c.Key).ToList()) _calls.Remove(tid);
    }

    /// <summary>A thread is at the entry or exit of a call.</summary>
    /// <param name="stopped">The stop.</param>
    /// <param name="armed">The rules that are armed; null where none are.</param>
    public Resumption OnSyscall(StoppedTracee stopped, ArmedRules? armed)
    {
        ptrace_syscall_info info = stopped.SyscallInfo;
        if (_calls.TryGetValue(stopped.Tid, out CallUnderWay call) && call.Closing is not null && OnClosing(stopped, call, info) is { } resumption) return resumption;
        return info.op switch
        {
            ptrace_syscall_info.Entry => OnEntry(stopped, armed, info),
            ptrace_syscall_info.Exit => OnExit(stopped, armed, info),
            _ => Resumption.AtOnce,
        };
    }

    /// <summary>A thread has been held long enough.</summary>
    public Resumption OnHeld(StoppedTracee stopped)
    {
        if (!_calls.TryGetValue(stopped.Tid, out CallUnderWay call)) return Resumption.AtOnce;
        return call.HasEnded ? Finish(stopped, call) : Begin(stopped, call);
    }

    private Resumption OnEntry(StoppedTracee stopped, ArmedRules? rules, in ptrace_syscall_info info)
    {
        // The kernel's own continuation of an interrupted call: still the call that was entered before.
        if (rules is not { } armed || SyscallStop.IsRestart(info.entry_nr)) return Resumption.AtOnce;
        // A call of the 32-bit or x32 interface has other numbers.
        CallDecision decision = info.IsX64 ? armed.OnEntry(stopped.Tid, info.entry_nr, info.Arguments) : CallDecision.None;
        if (decision.Rule is null)
        {
            _calls.Remove(stopped.Tid);
            return Resumption.AtOnce;
        }
        var call = new CallUnderWay(armed, new Syscall((short)info.entry_nr), decision);
        _calls[stopped.Tid] = call;
        if (decision.AtExit) return Resumption.AtOnce;
        return decision.DelayEnter > TimeSpan.Zero && !decision.Again ? Resumption.After(decision.DelayEnter) : Begin(stopped, call);
    }

    /// <summary>At the entry, when it was held long enough. Only now, so that a call whose thread is let go of earlier (this process dies) is as if never touched.</summary>
    private Resumption Begin(StoppedTracee stopped, CallUnderWay call)
    {
        SyscallEffect? effect = call.Decision.Effect;
        if (effect is { ReplacesResult: true }) SyscallStop.Skip(stopped, effect.ReplacedResult);
        if (effect?.Short is { } share) Shorten(stopped, call, share);
        call.Armed.Answered(stopped.Tid, delivered: true);
        return effect?.Signal is { } signal && !call.Decision.Again ? Resumption.With(signal.Number) : Resumption.AtOnce;
    }

    private void Shorten(StoppedTracee stopped, CallUnderWay call, double share)
    {
        int index = CallArguments.Of(call.Call).Length!.Value;
        ulong full = stopped.SyscallInfo.Arguments[index], given = ShortLength(full, share);
        if (given == full) return;
        SyscallStop.SetArgument(stopped, index, given);
        _calls[stopped.Tid] = call with { FullLength = full };
    }

    /// <summary>At least one byte, where any was asked for. More than 2^53 bytes cannot be moved at all.</summary>
    private static ulong ShortLength(ulong full, double share) => full == 0 ? 0 : Math.Max(1, Math.Min(full, (ulong)(full * share)));

    private Resumption OnExit(StoppedTracee stopped, ArmedRules? armed, in ptrace_syscall_info info)
    {
        if (!_calls.Remove(stopped.Tid, out CallUnderWay call)) return Resumption.AtOnce;
        if (call.FullLength is { } full) SyscallStop.SetArgument(stopped, CallArguments.Of(call.Call).Length!.Value, full);
        call = call with { FullLength = null, HasEnded = true };
        if (armed != call.Armed) return Resumption.AtOnce;
        bool wasSkipped = call.Decision is { AtExit: false, Effect.ReplacesResult: true };
        if (!wasSkipped && SyscallStop.IsInterrupted(info.exit_rval))
        {
            call.Armed.Interrupted(stopped.Tid);
            _calls[stopped.Tid] = call with { HasEnded = false };
            return Resumption.AtOnce;
        }
        if (call.Decision.AtExit) call = call with { Decision = call.Armed.OnExit(stopped.Tid, failed: info.exit_is_error != 0), IsAfter = true };
        if (call.Decision.DelayExit <= TimeSpan.Zero) return Finish(stopped, call);
        _calls[stopped.Tid] = call;
        return Resumption.After(call.Decision.DelayExit);
    }

    /// <summary>At the exit, when it was held long enough.</summary>
    private Resumption Finish(StoppedTracee stopped, CallUnderWay call)
    {
        _calls.Remove(stopped.Tid);
        if (!call.IsAfter) return Resumption.AtOnce;
        SyscallEffect? effect = call.Decision.Effect;
        DescriptorClosing? closing = null;
        if (effect is { ReplacesResult: true })
        {
            closing = Closing(stopped, call.Call, effect.ReplacedResult);
            if (closing is null) SyscallStop.ReplaceResult(stopped, effect.ReplacedResult);
            else _calls[stopped.Tid] = call with { Closing = closing };
        }
        call.Armed.Answered(stopped.Tid, delivered: true);
        return closing is null && effect?.Signal is { } signal ? Resumption.With(signal.Number) : Resumption.AtOnce;
    }

    /// <summary>Null where the call has given the thread nothing to close. The argument registers are as at its entry.</summary>
    private static DescriptorClosing? Closing(StoppedTracee stopped, Syscall call, long result)
    {
        user_regs_struct registers = stopped.Registers;
        IReadOnlyList<int> descriptors = ReturnedDescriptors.Of(stopped, call,
            [registers.rdi, registers.rsi, registers.rdx, registers.r10, registers.r8, registers.r9], (long)registers.rax);
        return descriptors.Count == 0 ? null : DescriptorClosing.Begin(stopped, (ulong)call.Number, descriptors, result);
    }

    /// <summary>Null where the stop is another call's, made by a signal handler.</summary>
    private Resumption? OnClosing(StoppedTracee stopped, CallUnderWay call, in ptrace_syscall_info info)
    {
        switch (call.Closing!.OnStop(stopped, info))
        {
            case ClosingStop.Mine:
                return Resumption.AtOnce;
            case ClosingStop.Done:
                _calls.Remove(stopped.Tid);
                return Resumption.With(call.Decision.Effect?.Signal?.Number ?? 0);
            case ClosingStop.GivenUp:
                _calls.Remove(stopped.Tid);
                return null;
            default:
                // The handler's calls are not injected into: there is one call under way for each thread.
                return Resumption.AtOnce;
        }
    }

    /// <summary>A call that a thread is in.</summary>
    /// <param name="Armed">The rules that decided it.</param>
    /// <param name="Call">Which.</param>
    /// <param name="Decision">What is to become of it.</param>
    private readonly record struct CallUnderWay(ArmedRules Armed, Syscall Call, CallDecision Decision)
    {
        /// <summary>Whether it was carried out or skipped: the thread is held at its exit, if at all.</summary>
        public bool HasEnded { get; init; }

        /// <summary>Whether it was decided at its exit.</summary>
        public bool IsAfter { get; init; }

        /// <summary>The length that was asked for, where the call was given another: to be put back.</summary>
        public ulong? FullLength { get; init; }

        /// <summary>The descriptors that it returned are being closed.</summary>
        public DescriptorClosing? Closing { get; init; }

        /// <summary>Whether the thread must not be left alone before the next stops of it.</summary>
        public bool IsUnfinished => FullLength is not null || Closing is not null;
    }
}
