using System.Runtime.CompilerServices;
using Falter.Linux.Proc;
using Falter.Linux.Ptrace;
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
    private const int NoRule = -1;

    private readonly RuleState[] _rules;
    private readonly short[] _ruleOfCall = new short[SyscallNumbers];
    private readonly Dictionary<int, ThreadCalls> _threads = [];
    private readonly InjectedByProcess _injected;
    private readonly ulong _seed;
    private int _nextOrdinal;
    private int _forgetAt = 4096;
    private ThreadCalls? _current;

    /// <param name="rules">The rules, in order.</param>
    /// <param name="seed">Decides the lots.</param>
    /// <param name="injected">Where injected calls are counted by process, beyond the end of these rules too.</param>
    public ArmedRules(IReadOnlyList<SyscallErrorRule> rules, ulong seed, InjectedByProcess? injected = null)
    {
        _injected = injected ?? new InjectedByProcess();
        _rules = [.. rules.Select(r => new RuleState(r))];
        _seed = seed;
        Array.Fill(_ruleOfCall, (short)NoRule);
        for (int rule = _rules.Length - 1; rule >= 0; rule--)
        {
            foreach (Syscall call in rules[rule].Syscalls) _ruleOfCall[call.Number] = (short)rule;
        }
    }

    /// <summary>What each rule has done so far.</summary>
    public InjectionCounts[] Counts => [.. _rules.Select(r => new InjectionCounts(r.Matched, r.Injected))];

    /// <summary>Threads that are remembered: bounded, however many the target starts and ends.</summary>
    public int KnownThreads => _threads.Count;

    /// <summary>The phase of the rule that decides this call; null where none does.</summary>
    public FaultPhase? PhaseFor(ulong number) => number < SyscallNumbers && _ruleOfCall[number] is var rule and not NoRule ? _rules[rule].Rule.Phase : null;

    /// <summary>Decides a call.</summary>
    /// <param name="tid">The thread that makes it.</param>
    /// <param name="number">Its number.</param>
    /// <param name="arguments">Its six arguments.</param>
    /// <param name="errno">What it is to report, where the result is true.</param>
    public bool Fails(int tid, ulong number, ReadOnlySpan<ulong> arguments, out Errno errno)
    {
        errno = default;
        _current = null;
        int rule = number < SyscallNumbers ? _ruleOfCall[number] : NoRule;
        if (rule == NoRule) return false;
        ThreadCalls thread = _threads.TryGetValue(tid, out ThreadCalls? known) ? known : Meet(tid);
        if (!(thread.ComesAgain && thread.IsSame(number, arguments))) Decide(thread, rule, number, arguments);
        _current = thread;
        errno = _rules[rule].Rule.Errno;
        return thread.Fails;
    }

    /// <summary>The answer to the call that was decided last.</summary>
    /// <param name="delivered">False where the thread had given the call up meanwhile: it will come again.</param>
    public void Answered(bool delivered)
    {
        if (_current is not { } thread) return;
        thread.ComesAgain = !delivered;
        if (delivered && thread.Fails)
        {
            _rules[thread.Rule].Injected++;
            _injected.Count(thread.Tid, thread.Number, _rules[thread.Rule].Rule.Errno);
        }
        _current = null;
    }

    /// <summary>The call that the thread made last was interrupted although it had been let through: it will come again.</summary>
    public void Interrupted(int tid)
    {
        if (_threads.TryGetValue(tid, out ThreadCalls? thread) && !thread.Fails) thread.ComesAgain = true;
    }

    private void Decide(ThreadCalls thread, int rule, ulong number, ReadOnlySpan<ulong> arguments)
    {
        // The thread was interrupted and then did something else: what the earlier call had reserved is free again.
        if (thread.ComesAgain && thread.Fails) _rules[thread.Rule].Granted--;
        RuleState state = _rules[rule];
        state.Matched++;
        bool fails = state.Granted < (state.Rule.Count ?? long.MaxValue) &&
            Decision.Fails(_seed, rule, thread.Ordinal, thread.Calls[rule], state.Rule.Rate);
        thread.Calls[rule]++;
        if (fails) state.Granted++;
        thread.Remember(rule, fails, number, arguments);
    }

    private ThreadCalls Meet(int tid)
    {
        // A target that starts a process for every request would otherwise make this grow without end.
        if (_threads.Count >= _forgetAt)
        {
            foreach (int known in _threads.Keys.Where(t => !ProcessTable.Exists(t)).ToList()) _threads.Remove(known);
            _forgetAt = Math.Max(4096, _threads.Count * 2);
        }
        return _threads[tid] = new ThreadCalls(tid, _nextOrdinal++, _rules.Length);
    }

    private sealed class RuleState(SyscallErrorRule rule)
    {
        public SyscallErrorRule Rule { get; } = rule;
        public long Matched;
        public long Granted;
        public long Injected;
    }

    /// <summary>One thread's calls, and its last decided call.</summary>
    private sealed class ThreadCalls(int tid, int ordinal, int rules)
    {
        private SixArguments _arguments;
        private ulong _number;

        public int Tid { get; } = tid;
        public ulong Number => _number;

        public int Ordinal { get; } = ordinal;
        public long[] Calls { get; } = new long[rules];
        public int Rule { get; private set; }
        public bool Fails { get; private set; }
        public bool ComesAgain { get; set; }

        public void Remember(int rule, bool fails, ulong number, ReadOnlySpan<ulong> arguments)
        {
            (Rule, Fails, _number, ComesAgain) = (rule, fails, number, false);
            arguments.CopyTo(_arguments);
        }

        public bool IsSame(ulong number, ReadOnlySpan<ulong> arguments) => number == _number && arguments.SequenceEqual(_arguments);
    }

    [InlineArray(6)]
    private struct SixArguments
    {
        private ulong _first;
    }
}
