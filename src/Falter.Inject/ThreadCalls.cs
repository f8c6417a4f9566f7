using System.Runtime.CompilerServices;
using Falter.Linux.Calls;
using Falter.Linux.Proc;
using Falter.Records;

namespace Falter.Inject;

/// <summary>One thread's calls under armed rules: their numbers, and the last that was decided.</summary>
internal sealed class ThreadCalls(int tid, int ordinal, int slots)
{
    private readonly long[] _calls = new long[slots];
    private bool?[]? _inBurst;
    private readonly List<(RuleState Rule, int Slot)> _awaitingExit = [];
    private int? _pid;
    private (string? Thread, string? Process)? _names;
    private SixArguments _arguments;

    public int Tid { get; } = tid;

    /// <summary>Its process; the thread's own number where it was gone before it could be asked.</summary>
    public int Pid => _pid ??= ProcessStatus.Read(Tid)?.ProcessId ?? Tid;

    /// <summary>The thread's name at its last call; null where it is gone.</summary>
    public string? Name() => Names().Thread;

    /// <summary>Its process's name at its last call.</summary>
    public string? ProcessName() => Names().Process;

    /// <summary>The order in which threads were met, from 0.</summary>
    public int Ordinal { get; } = ordinal;

    /// <summary>The last call's number.</summary>
    public ulong Number { get; private set; }

    /// <summary>What was decided of the last call; and where a rule acts on it, which, in which slot, and the call's number there from 0.</summary>
    public CallDecision Decision { get; set; }
    public RuleState? State { get; private set; }
    public int Slot { get; private set; }
    public long CallNumber { get; private set; }

    /// <summary>What the last call is about, where that is logged.</summary>
    public (string? Path, string? Peer) Facts { get; private set; }

    /// <summary>Whether the last call is to be made again by the kernel, and keeps its decision.</summary>
    public bool ComesAgain { get; set; }

    /// <summary>Whether the last call was counted as injected.</summary>
    public bool Counted { get; set; }

    /// <summary>The state of a slot's chain; null before its first call.</summary>
    public bool? LastInBurst(int slot) => _inBurst?[slot];

    /// <summary>A call begins.</summary>
    public void Begin(ulong number, ReadOnlySpan<ulong> arguments)
    {
        (Number, State, Facts, _names) = (number, null, default, null);
        arguments.CopyTo(_arguments);
    }

    /// <summary>The number of the slot's next call.</summary>
    public long TakeNumber(int slot) => _calls[slot]++;

    public bool MoveBurst(int slot, bool acts) => (bool)((_inBurst ??= new bool?[_calls.Length])[slot] = acts);

    public void Act(RuleState rule, int slot, long call, CallDecision decision) => (State, Slot, CallNumber, Decision) = (rule, slot, call, decision);

    /// <summary>A rule that is asked when the call returns.</summary>
    public void AwaitExit(RuleState rule, int slot)
    {
        _awaitingExit.Add((rule, slot));
        Decision = new CallDecision(rule.Rule, Acts: false, AtExit: true, default, default);
    }

    /// <summary>The rules that wait for the call's return; none waits any longer.</summary>
    public IReadOnlyList<(RuleState Rule, int Slot)> TakeAwaitingExit()
    {
        if (_awaitingExit.Count == 0) return [];
        (RuleState, int)[] taken = [.. _awaitingExit];
        _awaitingExit.Clear();
        return taken;
    }

    public void Note((string? Path, string? Peer) facts) => Facts = facts;

    /// <summary>The thread was interrupted and then did something else: what the earlier call had reserved is free again.</summary>
    public void GiveUp()
    {
        if (ComesAgain && Decision.Acts && !Counted)
        {
            State!.Granted--;
            State.Skip(SkipReason.Interrupted);
        }
        foreach ((RuleState rule, _) in TakeAwaitingExit()) rule.Skip(SkipReason.Interrupted);
        (ComesAgain, Counted, Decision) = (false, false, CallDecision.None);
    }

    public bool IsSame(ulong number, ReadOnlySpan<ulong> arguments) => number == Number && arguments.SequenceEqual(_arguments);

    public ulong[] ArgumentList() => [.. (ReadOnlySpan<ulong>)_arguments];

    /// <summary>Read once for every call that is asked for them: an execve gives others, and the program's first calls come within a millisecond.</summary>
    private (string? Thread, string? Process) Names()
    {
        if (_names is { } known) return known;
        string? name = CallFacts.ThreadName(Tid);
        _names = (name, Pid == Tid ? name : CallFacts.ThreadName(Pid));
        return _names.Value;
    }

    [InlineArray(6)]
    private struct SixArguments
    {
        private ulong _first;
    }
}
