using System.Diagnostics;
using Falter.Linux.Proc;
using Falter.Records;

namespace Falter.Inject;

/// <summary>
/// Rules while they are armed: which rule decides a call, the lot, the limits, the counts. Every call is decided once: a call that was interrupted
/// by a signal and comes again keeps its decision. Not thread-safe: the injector's lock is held around every use.
/// </summary>
internal sealed class ArmedRules
{
    // Every number that a Syscall can hold, so that looking up needs no other check.
    private const int SyscallNumbers = short.MaxValue + 1;

    private readonly RuleState[] _rules;
    private readonly Candidate[]?[] _candidates = new Candidate[]?[SyscallNumbers];
    private readonly List<int> _ruleOfSlot = [];
    private readonly Dictionary<int, ThreadCalls> _threads = [];
    private readonly ArmedOptions _options;
    private readonly InjectedByProcess _injected;
    private readonly ulong _seed;
    private readonly long _armedAt = Stopwatch.GetTimestamp();
    private int _nextOrdinal;
    private int _forgetAt = 4096;

    /// <param name="rules">The rules, in order.</param>
    /// <param name="seed">Decides the lots.</param>
    /// <param name="options">What else the decisions need. Default: nothing.</param>
    /// <param name="injected">Where failed calls are counted by process, beyond the end of these rules too.</param>
    public ArmedRules(IReadOnlyList<SyscallFault> rules, ulong seed, ArmedOptions? options = null, InjectedByProcess? injected = null)
    {
        _options = options ?? ArmedOptions.None;
        _injected = injected ?? new InjectedByProcess();
        _rules = [.. rules.Select(r => new RuleState(r))];
        _seed = seed;
        for (int rule = 0; rule < _rules.Length; rule++)
        {
            foreach (Syscall call in rules[rule].Syscalls.Where(c => c.Number >= 0))
            {
                ref Candidate[]? candidates = ref _candidates[call.Number];
                candidates = [.. candidates ?? [], new Candidate(rule, _ruleOfSlot.Count)];
                _ruleOfSlot.Add(rule);
            }
        }
    }

    /// <summary>What each rule has done so far.</summary>
    public InjectionCounts[] Counts => [.. _rules.Select(r => new InjectionCounts(r.Matched, r.Injected))];

    /// <summary>For each rule, the calls that reached it and were not acted on, by reason.</summary>
    public IReadOnlyDictionary<SkipReason, long>[] Skipped =>
        [.. _rules.Select(r => Enum.GetValues<SkipReason>().Where(s => r.Skipped[(int)s] > 0).ToDictionary(s => s, s => r.Skipped[(int)s]))];

    /// <summary>Threads that are remembered: bounded, however many the target starts and ends.</summary>
    public int KnownThreads => _threads.Count;

    /// <summary>What the rules' times are counted from, on CLOCK_MONOTONIC in nanoseconds.</summary>
    public long ArmedAtNs => _armedAt;

    /// <summary>Whether any rule names this call.</summary>
    public bool Concerns(ulong number) => number < SyscallNumbers && _candidates[number] is not null;

    /// <summary>Decides a call at its entry.</summary>
    /// <param name="tid">The thread that makes it.</param>
    /// <param name="number">Its number.</param>
    /// <param name="arguments">Its six arguments.</param>
    /// <param name="id">Whatever <see cref="ArmedOptions.StillWaits"/> is to be asked with.</param>
    public CallDecision OnEntry(int tid, ulong number, ReadOnlySpan<ulong> arguments, ulong id = 0)
    {
        if (number >= SyscallNumbers || _candidates[number] is not { } candidates) return CallDecision.None;
        ThreadCalls thread = _threads.TryGetValue(tid, out ThreadCalls? known) ? known : Meet(tid);
        if (thread.ComesAgain && thread.IsSame(number, arguments)) return thread.Decision with { Again = thread.Counted };
        thread.GiveUp();
        thread.Begin(number, arguments);
        var call = new MatchedCall(thread, new Syscall((short)number), arguments, _options);
        foreach (Candidate candidate in candidates)
        {
            RuleState rule = _rules[candidate.Rule];
            if (Obstacle(ref call, rule, id) is { } obstacle) rule.Skip(obstacle);
            else if (rule.Rule.Phase == FaultPhase.After && !thread.Decision.Acts) thread.AwaitExit(rule, candidate.Slot);
            else Draw(thread, rule, candidate.Slot);
        }
        if (_options.Log is not null && (thread.Decision.Acts || thread.Decision.AtExit)) thread.Note(ArmedOptions.NotedFacts(thread.Pid, tid, new Syscall((short)number), arguments));
        return thread.Decision;
    }

    /// <summary>Decides a call that <see cref="OnEntry"/> left to its exit.</summary>
    /// <param name="tid">The thread.</param>
    /// <param name="failed">Whether the call has failed by itself.</param>
    public CallDecision OnExit(int tid, bool failed)
    {
        if (!_threads.TryGetValue(tid, out ThreadCalls? thread) || !thread.Decision.AtExit) return CallDecision.None;
        thread.Decision = CallDecision.None;
        foreach ((RuleState rule, int slot) in thread.TakeAwaitingExit())
        {
            if (failed && rule.Rule.NeedsSuccess) rule.Skip(SkipReason.Failed);
            else Draw(thread, rule, slot);
        }
        return thread.Decision;
    }

    /// <summary>Decides a call that has returned already, of a thread that was numbered elsewhere.</summary>
    /// <param name="tid">The thread that made it.</param>
    /// <param name="ordinal">Its number.</param>
    /// <param name="number">The call's number.</param>
    /// <param name="arguments">Its six arguments.</param>
    /// <param name="failed">Whether it has failed by itself.</param>
    public CallDecision OnReturned(int tid, int ordinal, ulong number, ReadOnlySpan<ulong> arguments, bool failed)
    {
        Meet(tid, ordinal);
        return OnEntry(tid, number, arguments).AtExit ? OnExit(tid, failed) : CallDecision.None;
    }

    /// <summary>A call that has returned and was decided elsewhere, by the same lots: it is acted on. Who decided it counts it as matched.</summary>
    /// <param name="tid">The thread that made it.</param>
    /// <param name="ordinal">Its number.</param>
    /// <param name="slot">The slot of the rule.</param>
    /// <param name="call">The number of the call in the slot, from 0.</param>
    /// <param name="number">The call's number.</param>
    /// <param name="arguments">Its six arguments.</param>
    public CallDecision OnGranted(int tid, int ordinal, int slot, long call, ulong number, ReadOnlySpan<ulong> arguments)
    {
        ThreadCalls thread = Meet(tid, ordinal);
        thread.GiveUp();
        thread.Begin(number, arguments);
        if (_options.Log is not null) thread.Note(ArmedOptions.NotedFacts(thread.Pid, tid, new Syscall((short)number), arguments));
        Act(thread, _rules[_ruleOfSlot[slot]], slot, call);
        return thread.Decision;
    }

    /// <summary>A call that was decided elsewhere and could not be acted on any more.</summary>
    public void OnLost(int slot) => _rules[_ruleOfSlot[slot]].Skip(SkipReason.Interrupted);

    /// <summary>The answer to the call that the thread made last.</summary>
    /// <param name="tid">The thread.</param>
    /// <param name="delivered">False where the thread had given the call up meanwhile: it will come again.</param>
    public void Answered(int tid, bool delivered)
    {
        if (!_threads.TryGetValue(tid, out ThreadCalls? thread) || thread.Decision.Rule is null || thread.Decision.AtExit) return;
        thread.ComesAgain = !delivered;
        if (!delivered || !thread.Decision.Acts || thread.Counted) return;
        thread.Counted = true;
        thread.State!.Injected++;
        if (thread.Decision.Effect is { ReplacesResult: true, ReplacedResult: < 0 and var result }) _injected.Count(tid, thread.Number, new Errno((short)-result));
        _options.Log?.Invoke(Record(thread));
    }

    /// <summary>The call that the thread made last was decided and is let go on all the same, for this reason.</summary>
    public void LetGo(int tid, SkipReason reason)
    {
        if (!_threads.TryGetValue(tid, out ThreadCalls? thread) || !thread.Decision.Acts || thread.Counted) return;
        thread.State!.Granted--;
        thread.State.Skip(reason);
        thread.Decision = CallDecision.None;
    }

    /// <summary>Whether this is the call that the thread had given up, which keeps its decision.</summary>
    public bool ComesAgain(int tid, ulong number, ReadOnlySpan<ulong> arguments) =>
        _threads.TryGetValue(tid, out ThreadCalls? thread) && thread.ComesAgain && thread.IsSame(number, arguments);

    /// <summary>The call that the thread made last was interrupted although it had been let through: it will come again.</summary>
    public void Interrupted(int tid)
    {
        if (_threads.TryGetValue(tid, out ThreadCalls? thread) && thread.Decision.Effect is not { ReplacesResult: true }) thread.ComesAgain = true;
    }

    private SkipReason? Obstacle(ref MatchedCall call, RuleState rule, ulong id)
    {
        SkipReason? obstacle = call.Obstacle(rule.Rule.Where);
        // What was read may have been another thread's memory, where this one is gone.
        return call.HasRead && _options.StillWaits?.Invoke(id) == false ? SkipReason.Unreadable : obstacle;
    }

    /// <summary>Numbers the call for the rule, and lets the rule act where its condition holds and no earlier one acts.</summary>
    private void Draw(ThreadCalls thread, RuleState rule, int slot)
    {
        rule.Matched++;
        long number = thread.TakeNumber(slot);
        SkipReason? obstacle = Obstacle(rule, thread, slot, number) ?? (thread.Decision.Acts ? SkipReason.Earlier : null);
        if (obstacle is { } reason)
        {
            rule.Skip(reason);
            if (thread.Decision.Rule is null) thread.Decision = new CallDecision(rule.Rule, Acts: false, AtExit: false, default, default);
            return;
        }
        Act(thread, rule, slot, number);
        // Not executed, or changed: rules that wait for its exit are about calls that nobody touched. They number it, and their bursts move, as with any other.
        foreach ((RuleState later, int laterSlot) in thread.TakeAwaitingExit()) Draw(thread, later, laterSlot);
    }

    private void Act(ThreadCalls thread, RuleState rule, int slot, long number)
    {
        rule.Granted++;
        SyscallEffect effect = rule.Rule.Effect;
        thread.Act(rule, slot, number, new CallDecision(rule.Rule, Acts: true, AtExit: false,
            Held(effect.DelayEnter, thread, slot, number, LotPurpose.DelayEnter), Held(effect.DelayExit, thread, slot, number, LotPurpose.DelayExit)));
    }

    private SkipReason? Obstacle(RuleState rule, ThreadCalls thread, int slot, long call)
    {
        CallCondition condition = rule.Rule.Condition;
        // The chain of a burst moves with every call, whatever else holds it back.
        bool falls = condition.Burst is { } burst
            ? thread.MoveBurst(slot, Decision.NextInBurst(thread.LastInBurst(slot), Decision.Lot(_seed, slot, thread.Ordinal, call), condition.Rate, burst))
            : Decision.Fails(_seed, slot, thread.Ordinal, call, condition.Rate);
        if (!IsItsTime(rule.Rule)) return SkipReason.Time;
        if (condition.When is { } when && !when.Contains(call + 1)) return SkipReason.When;
        if (!falls) return SkipReason.Rate;
        return rule.Granted < (condition.Count ?? long.MaxValue) ? null : SkipReason.Count;
    }

    private bool IsItsTime(SyscallFault rule)
    {
        if (rule.After == TimeSpan.Zero && rule.For is null) return true;
        TimeSpan elapsed = Stopwatch.GetElapsedTime(_armedAt);
        return elapsed >= rule.After && (rule.For is not { } length || elapsed < rule.After + length);
    }

    private TimeSpan Held(Delay? delay, ThreadCalls thread, int slot, long call, LotPurpose purpose) =>
        delay is { } d ? d.At(Decision.Lot(_seed, slot, thread.Ordinal, call, purpose)) : TimeSpan.Zero;

    private InjectedCall Record(ThreadCalls thread) => new()
    {
        Milliseconds = Stopwatch.GetElapsedTime(_armedAt).TotalMilliseconds,
        Rule = Array.IndexOf(_rules, thread.State),
        Pid = thread.Pid,
        Tid = thread.Tid,
        Process = thread.ProcessName() ?? "",
        Syscall = new Syscall((short)thread.Number),
        Arguments = thread.ArgumentList(),
        ThreadOrdinal = thread.Ordinal,
        Call = thread.CallNumber,
        Path = thread.Facts.Path,
        Peer = thread.Facts.Peer,
        Phase = thread.Decision.Rule!.Phase,
        Effect = thread.Decision.Rule.Effect,
        DelayMilliseconds = (thread.Decision.DelayEnter + thread.Decision.DelayExit).TotalMilliseconds,
    };

    private ThreadCalls Meet(int tid, int ordinal) =>
        _threads.TryGetValue(tid, out ThreadCalls? known) && known.Ordinal == ordinal ? known : Remember(tid, ordinal);

    private ThreadCalls Meet(int tid) => Remember(tid, _nextOrdinal++);

    private ThreadCalls Remember(int tid, int ordinal)
    {
        // A target that starts a process for every request would otherwise make this grow without end.
        if (_threads.Count >= _forgetAt)
        {
            foreach (int known in _threads.Keys.Where(t => !ProcessTable.Exists(t)).ToList()) _threads.Remove(known);
            _forgetAt = Math.Max(4096, _threads.Count * 2);
        }
        return _threads[tid] = new ThreadCalls(tid, ordinal, _ruleOfSlot.Count);
    }

    /// <summary>A rule that names a call, and the slot of the two.</summary>
    private readonly record struct Candidate(int Rule, int Slot);
}
