using Falter.Linux;
using Falter.Linux.Ebpf;
using Falter.Linux.Launch;
using Falter.Linux.Notices;
using Falter.Linux.Proc;
using Falter.Linux.Ptrace;
using Falter.Records;

namespace Falter.Inject;

/// <summary>
/// Acts on calls of running processes after they were carried out: an eBPF program decides at the end of each call, and only for a call that is to be acted on
/// does the thread stop. Nothing stays behind: the program goes with this process, in whatever way that ends, and the kernel detaches.
/// </summary>
/// <remarks>
/// The thread is stopped by a signal that it gets from the program before it returns to user mode, and that is taken away again. No call that is under way is
/// interrupted by attaching, arming or disarming.
/// </remarks>
public sealed class BpfTriggerInjector : TracerThread, ISyscallInjector
{
    // A thread that was told to stop does so within microseconds, unless its user stops it first.
    private static readonly TimeSpan s_stopLimit = TimeSpan.FromSeconds(1);

    // MAX_ERRNO of include/linux/err.h.
    private const long HighestErrno = 4095;

    private readonly Lock _arming = new(), _lock = new();
    private readonly IReadOnlyList<int> _roots;
    private readonly TaskCompletionSource<int> _attached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly InjectedByProcess _injected = new();
    private readonly TriggeredThreads _threads = new();
    private InjectionAnnouncer? _announcer;
    private ArmedTrigger? _armed;
    private ArmedTrigger? _counted;
    private int _tracer;
    private volatile bool _awaitsLaunch;
    private bool _disposed;

    private BpfTriggerInjector(IReadOnlyList<int> pids) : base("falter-trigger") => _roots = pids;

    /// <inheritdoc/>
    public string Mechanism => Mechanisms.BpfTrigger;

    /// <inheritdoc/>
    public Exception? Failure => Ended.Exception?.GetBaseException();

    /// <inheritdoc/>
    public IReadOnlyList<int> Pids => [.. Tids.Select(tid => ProcessStatus.Read(tid)?.ProcessId).OfType<int>().Distinct().Order()];

    /// <inheritdoc/>
    public string Undo =>
        $"Detaching ends it and leaves nothing behind; by hand: kill -9 {Environment.ProcessId} (the kernel detaches and removes the eBPF program, the target goes on).";

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
    protected override bool WantsSyscalls => false;

    /// <inheritdoc/>
    protected override bool StaysNearTracees => true;

    /// <inheritdoc/>
    protected override bool HasUnfinished => _threads.AnyCloses;

    /// <summary>Attaches to running processes with all their threads and descendants, and to all that they create from now on.</summary>
    /// <exception cref="FalterException">
    /// <c>target-refused</c>, <c>target-not-found</c>, <c>target-traced</c>; <c>not-root</c> or <c>feature-missing</c> where it does not work here.
    /// </exception>
    public static BpfTriggerInjector Attach(IReadOnlyList<int> pids)
    {
        TargetGuard.Require(pids);
        BpfTriggerSupport.Require();
        var injector = new BpfTriggerInjector(pids);
        injector.Start();
        try
        {
            injector._tracer = injector._attached.Task.GetAwaiter().GetResult();
        }
        catch (LinuxException e) when (e.Errno == Errno.EPERM)
        {
            throw FalterException.Cannot("not-root", $"the kernel does not let this user trace process {string.Join(", ", pids)}: {e.Errno.Meaning} (EPERM); run Falter as root");
        }
        injector._announcer = new InjectionAnnouncer(injector.Notice);
        return injector;
    }

    /// <summary>Launches a command that is traced from its first instruction on.</summary>
    /// <param name="options">What and how.</param>
    /// <param name="atExec">Called before the first instruction, on the tracer's thread: to arm. Must not resume.</param>
    /// <returns>The injector and its target; both are the caller's.</returns>
    public static (BpfTriggerInjector Injector, LaunchedProcess Target) Launch(LaunchOptions options, Action<ISyscallInjector, StoppedTracee> atExec)
    {
        BpfTriggerSupport.Require();
        var injector = new BpfTriggerInjector([]) { _awaitsLaunch = true };
        injector.Start();
        injector._tracer = injector._attached.Task.GetAwaiter().GetResult();
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

    /// <inheritdoc/>
    public void Arm(IReadOnlyList<SyscallFault> rules, ulong seed, ArmedOptions? options = null)
    {
        RuleSupport.Require(rules, BpfTriggerSupport.RefusalOf);
        var plan = new TriggerPlan(rules);
        if (plan.Refusal is { } refusal) throw FalterException.Usage("rule-not-supported", refusal);
        lock (_arming)
        {
            Disarm();
            var decided = new ArmedRules(rules, seed, options, _injected);
            // Not on the tracer's thread, where a launch arms: it is woken by signals, and the kernel gives up loading a program where one is pending (EAGAIN).
            TriggerPrograms programs = Task.Run(() => TriggerPrograms.Load(plan, seed, _tracer, decided.ArmedAtNs)).GetAwaiter().GetResult();
            lock (_lock) _armed = _counted = new ArmedTrigger(rules, decided, programs);
            programs.Attach();
        }
    }

    /// <inheritdoc/>
    public void Disarm()
    {
        lock (_arming)
        {
            // Only here and in Arm is it changed.
            if (_armed is not { } armed) return;
            armed.Programs.Detach();
            // What was decided is carried out, so that the counts are exact.
            SpinWait.SpinUntil(() => Ended.IsCompleted || !HasPending(armed), s_stopLimit);
            if (!OnThread(() => End(armed))) End(armed);
        }
    }

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
            _attached.SetResult(OwnTid);
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
    protected override bool WantsSyscallsOf(int tid) => _threads.Closes(tid);

    /// <inheritdoc/>
    protected override Resumption OnSignal(StoppedTracee stopped)
    {
        lock (_lock)
        {
            TriggeredCall? call = _armed?.Programs.Take(stopped.Tid);
            if (call is { } told) _threads.Told(stopped.Tid, told.Signal);
            // Whatever signal it is: this is the thread's first stop since the call's end, and a handler would change its registers.
            int passed = _threads.PassedOn(stopped);
            return call is { } ended ? Act(stopped, _armed!, ended, passed) : Resumption.With(passed);
        }
    }

    /// <inheritdoc/>
    protected override Resumption OnSyscall(StoppedTracee stopped)
    {
        lock (_lock)
        {
            if (_threads.OnClosing(stopped) is not { } then) return Resumption.AtOnce;
            _armed?.Programs.Own(stopped.Tid, null);
            return _threads.HoldThenPass(stopped.Tid, then.Delay, then.Signal);
        }
    }

    /// <inheritdoc/>
    protected override Resumption OnHeld(StoppedTracee stopped)
    {
        lock (_lock) return Resumption.With(_threads.TakePassed(stopped.Tid));
    }

    /// <inheritdoc/>
    protected override void OnForgotten(int tid)
    {
        lock (_lock)
        {
            if (_armed?.Programs.Take(tid) is { ByUser: false } call) _armed.Rules.OnLost(call.Slot);
            _armed?.Programs.Own(tid, null);
            _threads.Forget(tid);
        }
    }

    private Resumption Act(StoppedTracee stopped, ArmedTrigger armed, in TriggeredCall call, int passed)
    {
        CallDecision decision;
        user_regs_struct registers;
        try
        {
            registers = stopped.Registers;
            decision = call.Place.Is(registers) ? Decide(stopped.Tid, armed.Rules, call, registers) : Lose(armed.Rules, call);
        }
        catch (LinuxException e) when (e.Errno == Errno.ESRCH)
        {
            Lose(armed.Rules, call);
            throw;
        }
        if (decision.Effect is not { } effect) return Resumption.With(passed);
        int own = effect.Signal is { } signal ? signal.Number : 0;
        bool closes = effect.ReplacesResult && Replace(stopped, armed, call, registers, effect.ReplacedResult, (decision.DelayExit, own));
        armed.Rules.Answered(stopped.Tid, delivered: true);
        if (closes) return Resumption.With(passed);
        // Only one signal can be passed on at a stop: the effect's takes the place of the one that made the thread stop, now or when that is reported.
        if (own != 0 && passed != 0) _threads.Replace(stopped.Tid, own);
        return _threads.HoldThenPass(stopped.Tid, decision.DelayExit, passed != 0 ? passed : own);
    }

    private static CallDecision Decide(int tid, ArmedRules rules, in TriggeredCall call, in user_regs_struct registers)
    {
        ReadOnlySpan<ulong> arguments = [registers.rdi, registers.rsi, registers.rdx, registers.r10, registers.r8, registers.r9];
        ulong number = (ulong)call.Syscall.Number;
        bool failed = (long)registers.rax is < 0 and >= -HighestErrno;
        return call.ByUser ? rules.OnReturned(tid, call.Ordinal, number, arguments, failed) : rules.OnGranted(tid, call.Ordinal, call.Slot, call.Number, number, arguments);
    }

    private static CallDecision Lose(ArmedRules rules, in TriggeredCall call)
    {
        if (!call.ByUser) rules.OnLost(call.Slot);
        return CallDecision.None;
    }

    /// <summary>Gives the call another result, at once or, where it has returned descriptors, when the thread has closed them.</summary>
    /// <returns>Whether it closes them first.</returns>
    private bool Replace(StoppedTracee stopped, ArmedTrigger armed, in TriggeredCall call, in user_regs_struct registers, long result, (TimeSpan Delay, int Signal) then)
    {
        ReadOnlySpan<ulong> arguments = [registers.rdi, registers.rsi, registers.rdx, registers.r10, registers.r8, registers.r9];
        IReadOnlyList<int> descriptors = ReturnedDescriptors.Of(stopped, call.Syscall, arguments, (long)registers.rax);
        if (descriptors.Count > 0 && DescriptorClosing.Begin(stopped, (ulong)call.Syscall.Number, descriptors, result) is { } closing)
        {
            armed.Programs.Own(stopped.Tid, call.Place);
            _threads.Close(stopped.Tid, closing, then.Delay, then.Signal);
            return true;
        }
        SyscallStop.ReplaceResult(stopped, result);
        return false;
    }

    private bool HasPending(ArmedTrigger armed)
    {
        lock (_lock) return _threads.AnyCloses || armed.Programs.Pending().Count > 0;
    }

    /// <summary>On the tracer's thread, or when that has ended: nothing of the rules is in force afterwards.</summary>
    private void End(ArmedTrigger armed)
    {
        lock (_lock)
        {
            foreach (int tid in armed.Programs.Pending())
            {
                if (armed.Programs.Take(tid) is not { } call) continue;
                _threads.Told(tid, call.Signal);
                Lose(armed.Rules, call);
            }
            armed.Close();
            _armed = null;
        }
        EndHolds();
    }

    private InjectionNotice Notice()
    {
        lock (_lock) return new InjectionNotice(Mechanism, SkipsEntry: false, _injected.All());
    }
}
