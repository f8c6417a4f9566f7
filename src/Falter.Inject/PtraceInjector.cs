using Falter.Linux.Notices;
using Falter.Linux.Proc;
using Falter.Linux;
using Falter.Linux.Ptrace;
using Falter.Records;

namespace Falter.Inject;

/// <summary>
/// Fails calls of running processes, before or after they are carried out, by ptrace. While rules are armed every system call of the target stops
/// twice (15 to 60 µs a call); disarmed it runs at full speed. Nothing stays behind: when this process ends in whatever way, the kernel detaches.
/// </summary>
/// <remarks>
/// After: only calls that succeeded are failed, and what they returned is lost to the target, an opened descriptor too. Arming, disarming and
/// attaching interrupt each thread once, as any ptrace attachment does; <c>epoll_wait</c> and some other waits report EINTR then (man 7 signal).
/// </remarks>
public sealed class PtraceInjector : TracerThread, ISyscallInjector
{
    private readonly Lock _lock = new();
    private readonly IReadOnlyList<int> _roots;
    private readonly Dictionary<int, EnteredCall> _entered = [];
    private readonly TaskCompletionSource _attached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly InjectedByProcess _injected = new();
    private InjectionAnnouncer? _announcer;
    private ArmedRules? _armed;
    private ArmedRules? _counted;
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
        if (_armed is not { } armed) return Resumption.AtOnce;
        ptrace_syscall_info info = stopped.SyscallInfo;
        lock (_lock)
        {
            if (info.op == ptrace_syscall_info.Entry) OnEntry(stopped, armed, info);
            else if (info.op == ptrace_syscall_info.Exit) OnExit(stopped, armed, info);
        }
        return Resumption.AtOnce;
    }

    /// <inheritdoc/>
    protected override void OnForgotten(int tid) => _entered.Remove(tid);

    private InjectionNotice Notice()
    {
        lock (_lock) return new InjectionNotice(Mechanism, SkipsEntry: false, _injected.All());
    }

    private static string? RefusalOf(SyscallFault rule) =>
        rule.Phase == FaultPhase.After && rule.Syscalls.FirstOrDefault(s => s.Name is "execve" or "execveat" or "exit" or "exit_group" or "rt_sigreturn") is { Number: > 0 } call
            ? $"{call} does not return when it succeeds, so it cannot fail afterwards; use phase=before"
            : null;

    private void Replace(ArmedRules? armed)
    {
        bool wasArmed = _armed is not null;
        OnThread(() =>
        {
            _armed = armed;
            _entered.Clear();
            if (wasArmed != armed is not null) InterruptAll();
        });
        // Where the thread has ended nothing is left that could be injected into.
        _armed = armed;
    }

    private void OnEntry(StoppedTracee stopped, ArmedRules armed, in ptrace_syscall_info info)
    {
        // The kernel's own continuation of an interrupted call: still the call that was entered before.
        if (SyscallStop.IsRestart(info.entry_nr)) return;
        // A call of the 32-bit or x32 interface has other numbers.
        CallDecision decision = info.IsX64 ? armed.OnEntry(stopped.Tid, info.entry_nr, info.Arguments) : CallDecision.None;
        if (decision.Rule is null)
        {
            _entered.Remove(stopped.Tid);
            return;
        }
        _entered[stopped.Tid] = new EnteredCall(decision.AtExit);
        if (decision.AtExit) return;
        if (decision.Effect is { ReplacesResult: true } effect) SyscallStop.Skip(stopped, effect.ReplacedResult);
        armed.Answered(stopped.Tid, delivered: true);
    }

    private void OnExit(StoppedTracee stopped, ArmedRules armed, in ptrace_syscall_info info)
    {
        if (!_entered.TryGetValue(stopped.Tid, out EnteredCall entered)) return;
        if (SyscallStop.IsInterrupted(info.exit_rval))
        {
            armed.Interrupted(stopped.Tid);
            return;
        }
        if (entered.AtExit)
        {
            CallDecision decision = armed.OnExit(stopped.Tid, failed: info.exit_is_error != 0);
            if (decision.Effect is { ReplacesResult: true } effect) SyscallStop.ReplaceResult(stopped, effect.ReplacedResult);
            armed.Answered(stopped.Tid, delivered: true);
        }
        _entered.Remove(stopped.Tid);
    }

    /// <summary>A call that a thread is in.</summary>
    /// <param name="AtExit">Whether it is decided when it returns.</param>
    private readonly record struct EnteredCall(bool AtExit);
}
