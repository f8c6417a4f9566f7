using System.Runtime.CompilerServices;
using Falter.Linux.Proc;
using Falter.Records;

namespace Falter.Inject;

/// <summary>One thread's calls under armed rules: their numbers, and the last that was decided.</summary>
internal sealed class ThreadCalls(int tid, int ordinal, int slots)
{
    private readonly long[] _calls = new long[slots];
    private bool?[]? _inBurst;
    private int? _pid;
    private SixArguments _arguments;

    public int Tid { get; } = tid;

    /// <summary>Its process; the thread's own number where it was gone before it could be asked.</summary>
    public int Pid => _pid ??= ProcessStatus.Read(Tid)?.ProcessId ?? Tid;

    /// <summary>The order in which threads were met, from 0.</summary>
    public int Ordinal { get; } = ordinal;

    /// <summary>The last call: number, rule, slot, its number in the slot from 0, decision.</summary>
    public ulong Number { get; private set; }
    public RuleState? State { get; private set; }
    public int Slot { get; private set; }
    public long CallNumber { get; private set; }
    public CallDecision Decision { get; set; }
    public (string? Path, string? Peer) Facts { get; private set; }

    /// <summary>Whether the last call is to be made again by the kernel, and keeps its decision.</summary>
    public bool ComesAgain { get; set; }

    /// <summary>Whether the last call was counted as injected.</summary>
    public bool Counted { get; set; }

    /// <summary>The state of the slot's chain; null before its first call.</summary>
    public bool? LastInBurst => _inBurst?[Slot];

    /// <summary>A call of the slot begins.</summary>
    public void Begin(RuleState rule, int slot, ulong number, ReadOnlySpan<ulong> arguments)
    {
        (State, Slot, Number, ComesAgain, Counted, Facts) = (rule, slot, number, false, false, default);
        arguments.CopyTo(_arguments);
    }

    /// <summary>The last call's number in its slot.</summary>
    public long TakeNumber() => CallNumber = _calls[Slot]++;

    /// <summary>The last call's number, where it was counted elsewhere.</summary>
    public void GiveNumber(long call) => CallNumber = call;

    public bool MoveBurst(bool acts) => (bool)((_inBurst ??= new bool?[_calls.Length])[Slot] = acts);

    public void Note((string? Path, string? Peer) facts) => Facts = facts;

    /// <summary>The thread was interrupted and then did something else: what the earlier call had reserved is free again.</summary>
    public void GiveUp()
    {
        if (State is { } rule && (ComesAgain && Decision.Acts && !Counted || Decision.AtExit))
        {
            if (Decision.Acts) rule.Granted--;
            rule.Skip(SkipReason.Interrupted);
        }
        ComesAgain = false;
        Decision = CallDecision.None;
    }

    public bool IsSame(ulong number, ReadOnlySpan<ulong> arguments) => number == Number && arguments.SequenceEqual(_arguments);

    public ulong[] ArgumentList() => [.. (ReadOnlySpan<ulong>)_arguments];

    [InlineArray(6)]
    private struct SixArguments
    {
        private ulong _first;
    }
}
