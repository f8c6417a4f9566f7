using Falter.Linux.Ebpf;
using Falter.Linux.Notices;
using Falter.Records;

namespace Falter.Inject;

/// <summary>
/// What the mechanisms have in common in which kernel programs decide and fail calls by themselves: nothing of the target stops, and nothing is asked of Falter. The
/// programs are loaded for each arming and are gone with it, or with this process.
/// </summary>
/// <remarks><see cref="ArmedOptions.Log"/> is told some 50 ms later, and without names and paths that only the target's memory holds.</remarks>
public abstract class BpfInjector : ISyscallInjector
{
    // The log's queue holds 16 384 injected calls (bpf/rules.h): enough for 300 000 in a second.
    private static readonly TimeSpan s_logInterval = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Process, Syscall Syscall, Errno Errno), long> _injectedBefore = [];
    private readonly InjectionAnnouncer _announcer;
    private RulePrograms? _armed;
    private Action<InjectedCall>? _log;
    private Timer? _logTimer;
    private (IReadOnlyList<InjectionCounts> Counts, IReadOnlyList<IReadOnlyDictionary<SkipReason, long>> Skipped) _last = ([], []);
    private bool _disposed;

    private protected BpfInjector() => _announcer = new InjectionAnnouncer(Notice);

    /// <inheritdoc/>
    public abstract string Mechanism { get; }

    /// <inheritdoc/>
    public bool TargetGone => Pids.Count == 0;

    /// <summary>Null: there is no thread of Falter's that could fail.</summary>
    public Exception? Failure => null;

    /// <inheritdoc/>
    public abstract IReadOnlyList<int> Pids { get; }

    /// <inheritdoc/>
    public string Undo => $"Disarming takes the kernel's programs away and leaves nothing behind; by hand: kill -9 {Environment.ProcessId} (they go with this process, the target goes on).";

    /// <inheritdoc/>
    public IReadOnlyList<InjectionCounts> Counts
    {
        get
        {
            lock (_lock) return _armed?.Counts ?? _last.Counts;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<IReadOnlyDictionary<SkipReason, long>> Skipped
    {
        get
        {
            lock (_lock) return _armed?.Skipped ?? _last.Skipped;
        }
    }

    /// <summary>Injected calls that are counted, and for which there was no room in what tells the log and monitors of them; known once disarmed.</summary>
    public long Untold { get; private set; }

    /// <inheritdoc/>
    public void Arm(IReadOnlyList<SyscallFault> rules, ulong seed, ArmedOptions? options = null)
    {
        RuleSupport.Require(rules, Refusal);
        KernelRules.RequireRoom(rules);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            DisarmLocked();
            _log = options?.Log;
            _armed = Load(rules, seed, _log is not null);
            if (_log is not null) _logTimer = new Timer(_ => TellLog(), null, s_logInterval, s_logInterval);
        }
    }

    /// <inheritdoc/>
    public void Disarm()
    {
        lock (_lock) DisarmLocked();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed) return;
            DisarmLocked();
            _disposed = true;
        }
        // Last: it may wait for a monitor that asks.
        _announcer.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>Why this mechanism cannot carry a rule out; null where it can.</summary>
    private protected abstract string? Refusal(SyscallFault rule);

    /// <summary>Loads and attaches the programs.</summary>
    private protected abstract RulePrograms Load(IReadOnlyList<SyscallFault> rules, ulong seed, bool log);

    private void DisarmLocked()
    {
        if (_armed is not { } armed) return;
        _logTimer?.Dispose();
        _logTimer = null;
        armed.Detach();
        TellLogLocked();
        _last = (armed.Counts, armed.Skipped);
        Untold += armed.Untold;
        foreach (InjectedCalls calls in armed.Injected) _injectedBefore[KeyOf(calls)] = _injectedBefore.GetValueOrDefault(KeyOf(calls)) + calls.Count;
        _armed = null;
        armed.Dispose();
    }

    private void TellLog()
    {
        lock (_lock) TellLogLocked();
    }

    private void TellLogLocked()
    {
        if (_armed is not { } armed || _log is not { } log) return;
        foreach (InjectedCall call in armed.TakeLog()) log(call);
    }

    private InjectionNotice Notice()
    {
        lock (_lock)
        {
            IEnumerable<InjectedCalls> before = _injectedBefore.Select(i => new InjectedCalls(i.Key.Process, i.Key.Syscall, i.Key.Errno, i.Value));
            IEnumerable<InjectedCalls> all = before.Concat(_armed?.Injected ?? []).GroupBy(KeyOf).Select(g => new InjectedCalls(g.Key.Process, g.Key.Syscall, g.Key.Errno, g.Sum(c => c.Count)));
            return new InjectionNotice(Mechanism, SkipsEntry: false, [.. all]) { SeenFailing = true };
        }
    }

    private static (string Process, Syscall Syscall, Errno Errno) KeyOf(InjectedCalls calls) => (calls.Process, calls.Syscall, calls.Errno);
}
