using Falter.Linux.Notices;
using Falter.Linux.Proc;
using Falter.Linux.Ptrace;
using Falter.Linux.Seccomp;
using Falter.Records;

namespace Falter.Inject;

/// <summary>
/// Acts on calls of a launched target before they are carried out, by seccomp user notification: calls that are not selectable cost almost nothing,
/// selected ones some 5 µs. The filter stays with the target for life; when this injector is disposed, or its process dies, the keeper lets every
/// call go on.
/// </summary>
/// <remarks>
/// Disarming, arming anew and disposing let go of calls that are held by a delay: they are carried out at once, and none of them fails. A call that was only to be
/// delayed counts as injected, one that was to fail as interrupted.
/// </remarks>
public sealed class SeccompInjector : ISyscallInjector
{
    private readonly IReadOnlySet<Syscall> _selectable;
    private readonly KeeperProgram _keeperProgram;
    private readonly bool _waitKillable;
    private readonly NotifiedRules _rules = new();
    private AnsweredListener? _listener;
    private InjectionAnnouncer? _announcer;
    private int _pid;
    private int _disposed;

    private SeccompInjector(IReadOnlySet<Syscall> selectable, KeeperProgram keeperProgram, bool waitKillable)
    {
        _waitKillable = waitKillable;
        _selectable = selectable;
        _keeperProgram = keeperProgram;
    }

    /// <inheritdoc/>
    public string Mechanism => Mechanisms.SeccompNotify;

    /// <inheritdoc/>
    public bool TargetGone => _listener is { TargetGone: true };

    /// <inheritdoc/>
    public Exception? Failure => _listener?.Failure;

    /// <inheritdoc/>
    public IReadOnlyList<int> Pids => _pid == 0 ? [] : [.. ProcessTable.WithDescendants([_pid]).Select(p => p.Pid)];

    /// <summary>The keeper's process number; 0 before the target was launched.</summary>
    public int KeeperPid => _listener?.KeeperPid ?? 0;

    /// <inheritdoc/>
    public string Undo =>
        $"Disarming lets every call go on; the filter stays with the target until it ends, and so does the keeper (pid {KeeperPid}), which answers for it when Falter is gone.";

    /// <inheritdoc/>
    public IReadOnlyList<InjectionCounts> Counts => _rules.Counts;

    /// <inheritdoc/>
    public IReadOnlyList<IReadOnlyDictionary<SkipReason, long>> Skipped => _rules.Skipped;

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
    public static void RequireSelectable(IEnumerable<Syscall> calls) => SeccompRules.RequireSelectable(calls);

    /// <summary>Why this mechanism cannot carry a rule out, and by what it could be; null where it can.</summary>
    public static string? RefusalOf(SyscallFault rule) => SeccompRules.RefusalOf(rule);

    /// <summary>Takes hold of the target: installs the filter, starts the keeper, and begins to answer. For <see cref="Linux.Launch.Launcher"/>.</summary>
    public void AtExec(StoppedTracee stopped)
    {
        if (_listener is not null) throw new InvalidOperationException("an injector serves one target");
        _pid = stopped.Tid;
        SeccompListener listener = SeccompInstallation.Install(stopped, _selectable, _waitKillable);
        _listener = new AnsweredListener(_rules, listener, Keeper.Start(_keeperProgram, listener));
        _announcer = new InjectionAnnouncer(() => _rules.Notice(Mechanism));
    }

    /// <inheritdoc/>
    public void Arm(IReadOnlyList<SyscallFault> rules, ulong seed, ArmedOptions? options = null)
    {
        RuleSupport.Require(rules, rule => SeccompRules.RefusalOf(rule, _selectable, "launched"));
        _rules.Arm(rules, seed, options);
    }

    /// <inheritdoc/>
    public void Disarm() => _rules.Disarm();

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        _rules.Disarm();
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
}
