using System.Diagnostics;
using Falter.Linux.Launch;
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
    private readonly PtraceCalls _calls = new();
    private readonly TaskCompletionSource _attached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly InjectedByProcess _injected = new();
    private InjectionAnnouncer? _announcer;
    private ArmedRules? _armed;
    private ArmedRules? _counted;
    private bool _mustWait;
    private volatile bool _awaitsLaunch;
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
    protected override bool StaysWithoutTracees => _awaitsLaunch;

    /// <inheritdoc/>
    protected override bool WantsSyscalls => _armed is not null;

    /// <inheritdoc/>
    protected override bool WantsSyscallsOf(int tid) => _armed is not null || _calls.Contains(tid);

    /// <inheritdoc/>
    protected override bool StaysNearTracees => _armed is not null;

    /// <inheritdoc/>
    protected override bool HasUnfinished => _calls.HasUnfinished;

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

    /// <summary>Launches a command that is traced from its first instruction on.</summary>
    /// <param name="options">What and how.</param>
    /// <param name="atExec">Called before the first instruction, on the tracer's thread: to arm. Must not resume.</param>
    /// <returns>The injector and its target; both are the caller's.</returns>
    public static (PtraceInjector Injector, LaunchedProcess Target) Launch(LaunchOptions options, Action<ISyscallInjector, StoppedTracee> atExec)
    {
        var injector = new PtraceInjector([]) { _awaitsLaunch = true };
        injector.Start();
        injector._announcer = new InjectionAnnouncer(injector.Notice);
        try
        {
            return (injector, injector.Launch(options, stopped =>
            {
                injector._awaitsLaunch = false;
                atExec(injector, stopped);
            }));
        }
        catch
        {
            injector.Dispose();
            throw;
        }
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
        if (_armed is null && _calls.IsEmpty) return Resumption.AtOnce;
        lock (_lock) return _calls.OnSyscall(stopped, _armed);
    }

    /// <inheritdoc/>
    protected override Resumption OnHeld(StoppedTracee stopped)
    {
        lock (_lock) return _calls.OnHeld(stopped);
    }

    /// <inheritdoc/>
    protected override void OnForgotten(int tid) => _calls.Forget(tid);

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
                _calls.ForgetFinished();
                if (wasArmed != armed is not null) InterruptAll();
            }
            _mustWait = armed is null && HasUnfinished;
        }
    }
}
