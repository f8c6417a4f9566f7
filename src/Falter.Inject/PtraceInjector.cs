using System.Diagnostics;
using Falter.Linux.Notices;
using Falter.Linux.Proc;
using Falter.Linux;
using Falter.Linux.Ptrace;
using Falter.Records;

namespace Falter.Inject;

/// <summary>
/// Acts on calls of running processes, before or after they are carried out, by ptrace. While rules are armed every system call of the target stops
/// twice (15 to 60 µs a call); disarmed it runs at full speed. Nothing stays behind: when this process ends in whatever way, the kernel detaches.
/// </summary>
/// <remarks>
/// After: only calls that succeeded can be failed; descriptors that they returned are closed again (<see cref="ReturnedDescriptors"/>), all else that they did
/// stays done. Arming, disarming and attaching interrupt each thread once, as any ptrace attachment does; <c>epoll_wait</c> and some other waits report EINTR
/// then (man 7 signal). A thread that is held stays stopped, the others run; a signal that arrives meanwhile is its own afterwards.
/// </remarks>
public sealed class PtraceInjector : TracerThread, ISyscallInjector
{
    // As long as releasing waits: see TracerThread.HasUnfinished.
    private static readonly TimeSpan s_settleLimit = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly IReadOnlyList<int> _roots;
    private readonly Dictionary<int, CallUnderWay> _calls = [];
    private readonly TaskCompletionSource _attached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly InjectedByProcess _injected = new();
    private InjectionAnnouncer? _announcer;
    private ArmedRules? _armed;
    private ArmedRules? _counted;
    private bool _mustWait;
    private bool _disposed;

    private PtraceInjector(IReadOnlyList<int> pids) : base("falter-ptrace") => _roots = pids;

    /// <inheritdoc/>
    public string Mechanism => Mechanisms.Ptrace;

    /// <inheritdoc/>
    public Exception? Failure => Ended.Exception?.GetBaseException();

    /// <inheritdoc/>
    public IReadOnlyList<int> Pids => [.. Tids.Select(tid => ProcessStatus.Read(tid)?.ProcessId).OfType<int>().Distinct().Order()];

    /// <inheritdoc/>
    public string Undo => $"Detaching ends it and leaves nothing behind; by hand: kill -9 {Environment.ProcessId} (the kernel detaches, the target goes on).";

    /// <inheritdoc/>
    public IReadOnlyList<InjectionCounts> Counts
    {
        get
        {
            lock (_lock) return _counted?.Counts ?? [];
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<IReadOnlyDictionary<SkipReason, long>> Skipped
    {
        get
        {
            lock (_lock) return _counted?.Skipped ?? [];
        }
    }

    /// <inheritdoc/>
    protected override bool WantsSyscalls => _armed is not null;

    /// <inheritdoc/>
    protected override bool WantsSyscallsOf(int tid) => _armed is not null || _calls.ContainsKey(tid);

    /// <inheritdoc/>
    protected override bool StaysNearTracees => _armed is not null;

    /// <inheritdoc/>
    protected override bool HasUnfinished => _calls.Values.Any(c => c.IsUnfinished);

    /// <summary>Attaches to running processes with all their threads and descendants, and to all that they create from now on.</summary>
    /// <exception cref="FalterException">
    /// <c>target-refused</c>, <c>target-not-found</c>, <c>target-traced</c>; <c>not-root</c> where the kernel does not permit it.
    /// </exception>
    public static PtraceInjector Attach(IReadOnlyList<int> pids)
    {
        TargetGuard.Require(pids);
        var injector = new PtraceInjector(pids);
        injector.Start();
        try
        {
            injector._attached.Task.GetAwaiter().GetResult();
        }
        catch (LinuxException e) when (e.Errno == Errno.EPERM)
        {
            throw FalterException.Cannot("not-root",
                $"the kernel does not let this user trace process {string.Join(", ", pids)}: {e.Errno.Meaning} (EPERM); run Falter as root, or let it launch the target (-- COMMAND)");
        }
        injector._announcer = new InjectionAnnouncer(injector.Notice);
        return injector;
    }

    /// <summary>Why this mechanism cannot carry a rule out, with the nearest alternative; null where it can.</summary>
    public static string? RefusalOf(SyscallFault rule) => PtraceRefusals.Of(rule);

    /// <summary>Refuses rules that this mechanism cannot carry out.</summary>
    /// <exception cref="FalterException"><c>rule-not-supported</c>.</exception>
    public static void RequireSupported(IReadOnlyList<SyscallFault> rules) => RuleSupport.Require(rules, RefusalOf);

    /// <inheritdoc/>
    public void Arm(IReadOnlyList<SyscallFault> rules, ulong seed, ArmedOptions? options = null)
    {
        RequireSupported(rules);
        var armed = new ArmedRules(rules, seed, options, _injected);
        Replace(armed);
        lock (_lock) _counted = armed;
    }

    /// <inheritdoc/>
    public void Disarm() => Replace(null);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        Disarm();
        Release();
        // Last: it may wait for a monitor that asks, and the target must not.
        _announcer?.Dispose();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override void Run()
    {
        try
        {
            SeizeAll(_roots);
            _attached.SetResult();
        }
#pragma warning disable CA1031 // Carried over to the caller of Attach.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _attached.SetException(e);
            return;
        }
        Follow();
    }

    /// <inheritdoc/>
    protected override Resumption OnSyscall(StoppedTracee stopped)
    {
        if (_armed is null && _calls.Count == 0) return Resumption.AtOnce;
        ptrace_syscall_info info = stopped.SyscallInfo;
        lock (_lock)
        {
            if (_calls.TryGetValue(stopped.Tid, out CallUnderWay call) && call.Closing is not null && OnClosing(stopped, call, info) is { } resumption) return resumption;
            return info.op switch
            {
                ptrace_syscall_info.Entry => OnEntry(stopped, info),
                ptrace_syscall_info.Exit => OnExit(stopped, info),
                _ => Resumption.AtOnce,
            };
        }
    }

    /// <inheritdoc/>
    protected override Resumption OnHeld(StoppedTracee stopped)
    {
        lock (_lock)
        {
            if (!_calls.TryGetValue(stopped.Tid, out CallUnderWay call)) return Resumption.AtOnce;
            return call.HasEnded ? Finish(stopped, call) : Begin(stopped, call);
        }
    }

    /// <inheritdoc/>
    protected override void OnForgotten(int tid) => _calls.Remove(tid);

    private InjectionNotice Notice()
    {
        lock (_lock) return new InjectionNotice(Mechanism, SkipsEntry: false, _injected.All());
    }

    private void Replace(ArmedRules? armed)
    {
        bool wasArmed = _armed is not null;
        for (long start = Stopwatch.GetTimestamp(); OnThread(Change) && _mustWait && Stopwatch.GetElapsedTime(start) < s_settleLimit;) Thread.Sleep(1);
        // Where the thread has ended nothing is left that could be injected into.
        _armed = armed;

        void Change()
        {
            if (_armed != armed)
            {
                // What was decided is done, only sooner.
                EndHolds();
                _armed = armed;
                foreach (int tid in _calls.Where(c => !c.Value.IsUnfinished).Select(c => c.Key).ToList()) _calls.Remove(tid);
                if (wasArmed != armed is not null) InterruptAll();
            }
            _mustWait = armed is null && HasUnfinished;
        }
    }

    private Resumption OnEntry(StoppedTracee stopped, in ptrace_syscall_info info)
    {
        // The kernel's own continuation of an interrupted call: still the call that was entered before.
        if (_armed is not { } armed || SyscallStop.IsRestart(info.entry_nr)) return Resumption.AtOnce;
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

    private Resumption OnExit(StoppedTracee stopped, in ptrace_syscall_info info)
    {
        if (!_calls.Remove(stopped.Tid, out CallUnderWay call)) return Resumption.AtOnce;
        if (call.FullLength is { } full) SyscallStop.SetArgument(stopped, CallArguments.Of(call.Call).Length!.Value, full);
        call = call with { FullLength = null, HasEnded = true };
        if (_armed != call.Armed) return Resumption.AtOnce;
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
