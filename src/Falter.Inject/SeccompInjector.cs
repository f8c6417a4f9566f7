using Falter.Linux.Notices;
using Falter.Linux.Proc;
using Falter.Linux.Ptrace;
using Falter.Linux.Seccomp;
using Falter.Records;

namespace Falter.Inject;

/// <summary>
/// Fails calls of a launched target before they are carried out, by seccomp user notification: calls that are not selectable cost almost nothing,
/// selected ones some 5 µs. The filter stays with the target for life; when this injector is disposed, or its process dies, the keeper lets every
/// call go on.
/// </summary>
public sealed class SeccompInjector : ISyscallInjector
{
    private readonly Lock _lock = new();
    private readonly IReadOnlySet<Syscall> _selectable;
    private readonly KeeperProgram _keeperProgram;
    private readonly bool _waitKillable;
    private SeccompListener? _listener;
    private Keeper? _keeper;
    private NotificationThread? _thread;
    private readonly InjectedByProcess _injected = new();
    private InjectionAnnouncer? _announcer;
    private ArmedRules? _armed;
    private ArmedRules? _counted;
    private int _pid;
    private bool _disposed;

    private SeccompInjector(IReadOnlySet<Syscall> selectable, KeeperProgram keeperProgram, bool waitKillable)
    {
        _waitKillable = waitKillable;
        _selectable = selectable;
        _keeperProgram = keeperProgram;
    }

    /// <inheritdoc/>
    public string Mechanism => Mechanisms.SeccompNotify;

    /// <inheritdoc/>
    public bool TargetGone => _thread is { Ended.IsCompleted: true, TargetGone: true };

    /// <inheritdoc/>
    public Exception? Failure => _thread?.Ended.Exception?.GetBaseException();

    /// <inheritdoc/>
    public IReadOnlyList<int> Pids => _pid == 0 ? [] : [.. ProcessTable.WithDescendants([_pid]).Select(p => p.Pid)];

    /// <summary>The keeper's process number; 0 before the target was launched.</summary>
    public int KeeperPid => _keeper?.Pid ?? 0;

    /// <inheritdoc/>
    public string Undo =>
        $"Disarming lets every call go on; the filter stays with the target until it ends, and so does the keeper (pid {KeeperPid}), which answers for it when Falter is gone.";

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

    /// <summary>Prepares an injector: give its <see cref="AtExec"/> to the launcher, and it is the target's injector from then on.</summary>
    /// <param name="selectable">The calls that rules may name later; each costs some 5 µs from the launch on, whether armed or not.</param>
    /// <param name="keeper">The program of the keeper. Default: this program.</param>
    /// <param name="waitKillable">See <see cref="SeccompInstallation.Install"/>.</param>
    /// <exception cref="FalterException"><c>rule-not-supported</c>: a call that cannot be selected.</exception>
    public static SeccompInjector Prepare(IReadOnlySet<Syscall> selectable, KeeperProgram? keeper = null, bool waitKillable = true)
    {
        RequireSelectable(selectable);
        return new SeccompInjector(selectable, keeper ?? KeeperProgram.Find(), waitKillable);
    }

    /// <summary>Refuses calls that this mechanism cannot announce.</summary>
    /// <exception cref="FalterException"><c>rule-not-supported</c>.</exception>
    public static void RequireSelectable(IEnumerable<Syscall> calls)
    {
        Syscall[] refused = [.. calls.Where(SeccompInstallation.NotSelectable.Contains).Distinct()];
        if (refused.Length == 0) return;
        throw FalterException.Usage("rule-not-supported",
            $"{string.Join(", ", refused)}: the seccomp mechanism cannot announce these calls; leave them out, or attach to the running target (-p PID), which uses ptrace");
    }

    /// <summary>Takes hold of the target: installs the filter, starts the keeper, and begins to answer. For <see cref="Linux.Launch.Launcher"/>.</summary>
    public void AtExec(StoppedTracee stopped)
    {
        if (_listener is not null) throw new InvalidOperationException("an injector serves one target");
        _pid = stopped.Tid;
        _listener = SeccompInstallation.Install(stopped, _selectable, _waitKillable);
        _keeper = Keeper.Start(_keeperProgram, _listener);
        _thread = new NotificationThread(this, _listener, _keeper);
        _thread.Begin();
        _announcer = new InjectionAnnouncer(Notice);
    }

    /// <inheritdoc/>
    public void Arm(IReadOnlyList<SyscallFault> rules, ulong seed, ArmedOptions? options = null)
    {
        RuleSupport.Require(rules, RefusalOf);
        // Read at every call, when the listener is there: it is armed before the launch, too.
        ArmedOptions own = (options ?? ArmedOptions.None) with { StillWaits = id => _listener!.IsValid(id) };
        lock (_lock) _armed = _counted = new ArmedRules(rules, seed, own, _injected);
    }

    /// <inheritdoc/>
    public void Disarm()
    {
        lock (_lock) _armed = null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed) return;
            _disposed = true;
            _armed = null;
        }
        _thread?.Stop();
        // Only now: two processes must never receive at the same time.
        _keeper?.Dispose();
        _listener?.Dispose();
        // Last: it may wait for a monitor that asks, and the target must not.
        _announcer?.Dispose();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    private InjectionNotice Notice()
    {
        lock (_lock) return new InjectionNotice(Mechanism, SkipsEntry: true, _injected.All());
    }

    private string? RefusalOf(SyscallFault rule)
    {
        if (rule.Phase == FaultPhase.After)
        {
            return "the seccomp mechanism can only fail calls before they are carried out; use phase=before, or attach to the running target (-p PID), which uses ptrace";
        }
        Syscall[] missing = [.. rule.Syscalls.Where(s => !_selectable.Contains(s))];
        return missing.Length == 0 ? null
            : $"{string.Join(", ", missing)} was not selected when the target was launched; its filter announces {string.Join(", ", _selectable.OrderBy(s => s.Number))}";
    }

    private void Answer(SeccompListener listener, in seccomp_notif call)
    {
        lock (_lock)
        {
            CallDecision decision = _armed?.OnEntry((int)call.pid, (ulong)call.data.nr, call.data.Arguments, call.id) ?? CallDecision.None;
            bool delivered = decision.Effect?.Error is { } errno ? listener.Fail(call.id, errno) : listener.Continue(call.id);
            _armed?.Answered((int)call.pid, delivered);
        }
    }

    /// <summary>The thread that receives and answers.</summary>
    private sealed class NotificationThread(SeccompInjector owner, SeccompListener listener, Keeper keeper) : Linux.Interop.WakeableThread("falter-seccomp")
    {
        private bool _stop;

        public bool TargetGone { get; private set; }

        public void Begin() => Start();

        public void Stop()
        {
            OnThread(() => _stop = true);
            Ended.ContinueWith(_ => { }, TaskScheduler.Default).Wait();
        }

        protected override void Run()
        {
            try
            {
                Serve();
            }
            catch
            {
                // Nobody would answer any more: the keeper takes over at once, and the reason is in Ended.
                keeper.Dispose();
                throw;
            }
        }

        private void Serve()
        {
            ref seccomp_notif call = ref keeper.Call;
            while (true)
            {
                DoWork();
                if (_stop) return;
                switch (listener.Receive(ref call))
                {
                    case Received.Call:
                        owner.Answer(listener, call);
                        break;
                    case Received.TargetGone:
                        TargetGone = true;
                        return;
                }
            }
        }
    }
}
