using Falter.Linux;
using Falter.Linux.Notices;
using Falter.Linux.Proc;
using Falter.Linux.Seccomp;
using Falter.Records;

namespace Falter.Inject;

/// <summary>
/// Acts on calls of running processes before they are carried out, as <see cref="SeccompInjector"/> does for launched ones: the filter is put into each process of
/// the target while it runs, stays there for its life and its children's, and has a keeper of its own. Only where the user has asked for it.
/// </summary>
public sealed class SeccompAttachInjector : ISyscallInjector
{
    // A target that creates processes faster than they can be filtered; those born of a filtered one need none.
    private const int MostRounds = 10;

    private readonly IReadOnlyList<int> _roots;
    private readonly IReadOnlySet<Syscall> _selectable;
    private readonly KeeperProgram _keeperProgram;
    private readonly bool _waitKillable;
    private readonly NotifiedRules _rules = new();
    private readonly List<AnsweredListener> _listeners = [];
    private InjectionAnnouncer? _announcer;
    private int _disposed;

    private SeccompAttachInjector(IReadOnlyList<int> roots, IReadOnlySet<Syscall> selectable, KeeperProgram keeperProgram, bool waitKillable)
    {
        _roots = roots;
        _selectable = selectable;
        _keeperProgram = keeperProgram;
        _waitKillable = waitKillable;
    }

    /// <inheritdoc/>
    public string Mechanism => Mechanisms.SeccompAttach;

    /// <inheritdoc/>
    public bool TargetGone => _listeners.TrueForAll(l => l.TargetGone);

    /// <inheritdoc/>
    public Exception? Failure => _listeners.Select(l => l.Failure).FirstOrDefault(f => f is not null);

    /// <inheritdoc/>
    public IReadOnlyList<int> Pids => [.. ProcessTable.WithDescendants(_roots).Select(p => p.Pid)];

    /// <summary>The keepers' process numbers, one for each process that was given a filter.</summary>
    public IReadOnlyList<int> KeeperPids => [.. _listeners.Select(l => l.KeeperPid)];

    /// <inheritdoc/>
    public string Undo =>
        $"Disarming lets every call go on; the filter stays with the target until it ends, and so do its keepers ({string.Join(", ", KeeperPids.Select(k => $"pid {k}"))}), which answer for it when Falter is gone.";

    /// <inheritdoc/>
    public IReadOnlyList<InjectionCounts> Counts => _rules.Counts;

    /// <inheritdoc/>
    public IReadOnlyList<IReadOnlyDictionary<SkipReason, long>> Skipped => _rules.Skipped;

    /// <summary>Puts a filter into running processes with all their descendants. Nothing is armed yet.</summary>
    /// <param name="pids">The processes.</param>
    /// <param name="selectable">The calls that rules may name later; each costs some 5 µs from now on, for the target's life.</param>
    /// <param name="keeper">The program of the keeper. Default: this program.</param>
    /// <param name="waitKillable">See <see cref="SeccompInstallation.Install"/>.</param>
    /// <exception cref="FalterException">
    /// <c>target-refused</c>, <c>target-not-found</c>, <c>target-traced</c>, <c>target-filtered</c>, <c>rule-not-supported</c>: nothing was changed. <c>not-root</c> where the
    /// kernel does not permit it.
    /// </exception>
    public static SeccompAttachInjector Attach(IReadOnlyList<int> pids, IReadOnlySet<Syscall> selectable, KeeperProgram? keeper = null, bool waitKillable = true)
    {
        SeccompRules.RequireSelectable(selectable);
        RequireAttachable(pids);
        var injector = new SeccompAttachInjector(pids, selectable, keeper ?? KeeperProgram.Find(), waitKillable);
        try
        {
            injector.AttachAll();
        }
        catch (Exception e)
        {
            // Filters that are in stay in, and let everything go on.
            injector.Dispose();
            if (e is LinuxException { Errno.Name: "EPERM" })
            {
                throw FalterException.Cannot("not-root", $"the kernel does not let this user trace process {string.Join(", ", pids)}: {e.Message}; run Falter as root, or let it launch the target (-- COMMAND)");
            }
            throw;
        }
        injector._announcer = new InjectionAnnouncer(() => injector._rules.Notice(injector.Mechanism));
        return injector;
    }

    /// <summary>Refuses processes that no filter can or must be put into.</summary>
    /// <exception cref="FalterException"><c>target-refused</c>, <c>target-not-found</c>, <c>target-traced</c>, <c>target-filtered</c>.</exception>
    public static void RequireAttachable(IReadOnlyList<int> pids)
    {
        TargetGuard.Require(pids);
        Finding[] filtered = [.. ProcessTable.WithDescendants(pids).Where(p => SeccompAttachment.IsFiltered(p.Pid)).Select(p => Finding.Refusal("target-filtered",
            $"process {p.Pid} ({p.Name}) has seccomp filters already (its own, a container engine's, SystemCallFilter= of systemd, or of an earlier seccomp-attach); they might kill it for the calls that this takes; use ptrace (--mechanism ptrace)"))];
        if (filtered.Length > 0) throw new FalterException(filtered, ExitCode.Cannot);
    }

    /// <summary>What the user must know before: what stays behind.</summary>
    public static IReadOnlyList<Finding> WarningsFor(IReadOnlyList<int> pids)
    {
        var warnings = new List<Finding>
        {
            Finding.Limits("filter-stays", $"seccomp-attach: the filter stays in process {string.Join(", ", pids)} and its children until they end; the calls that it selects cost 5 to 33 µs more each, also when Falter is gone"),
        };
        ProcessStat[] held = [.. ProcessTable.WithDescendants(pids).Where(p => SeccompAttachment.NeedsNoNewPrivileges(p.Pid))];
        if (held.Length > 0)
        {
            warnings.Add(Finding.Limits("filter-stays",
                $"seccomp-attach: without CAP_SYS_ADMIN in the target the kernel asks for no_new_privs: process {string.Join(", ", held.Select(p => $"{p.Pid} ({p.Name})"))} and its children will gain no privileges by set-user-ID programs (sudo, ping) until they end"));
        }
        return warnings;
    }

    /// <summary>Why this mechanism cannot carry a rule out, and by what it could be; null where it can.</summary>
    public static string? RefusalOf(SyscallFault rule) => SeccompRules.RefusalOf(rule);

    /// <inheritdoc/>
    public void Arm(IReadOnlyList<SyscallFault> rules, ulong seed, ArmedOptions? options = null)
    {
        RuleSupport.Require(rules, rule => SeccompRules.RefusalOf(rule, _selectable, "attached to"));
        _rules.Arm(rules, seed, options);
    }

    /// <inheritdoc/>
    public void Disarm() => _rules.Disarm();

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        _rules.Disarm();
        foreach (AnsweredListener listener in _listeners) listener.Dispose();
        // Last: it may wait for a monitor that asks, and the target must not.
        _announcer?.Dispose();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Until no process is left without a filter: those that were born meanwhile have their parent's, or the parent had none yet.</summary>
    private void AttachAll()
    {
        for (int round = 0; round < MostRounds; round++)
        {
            ProcessStat[] bare = [.. ProcessTable.WithDescendants(_roots).Where(p => !SeccompAttachment.IsFiltered(p.Pid))];
            if (bare.Length == 0) return;
            foreach (ProcessStat process in bare) Attach(process, isRoot: _roots.Contains(process.Pid));
        }
    }

    private void Attach(ProcessStat process, bool isRoot)
    {
        Keeper? keeper = null;
        try
        {
            // It stands by before there is a filter, so that there is no moment at which this process could be killed and nobody answer.
            keeper = Keeper.StandBy(_keeperProgram, process.Pid);
            SeccompAttachment.Install(process.Pid, _selectable, _waitKillable, listener =>
            {
                keeper.Take();
                _listeners.Add(new AnsweredListener(_rules, listener, keeper));
                keeper = null;
            });
        }
        catch (Exception e) when (!isRoot && e is FalterException or LinuxException && ProcessStat.Read(process.Pid) is not { HasEnded: false })
        {
            // A child that was on its way out: there is nothing left to fail.
        }
        finally
        {
            keeper?.Dispose();
        }
    }
}
