using System.Diagnostics;
using Falter.Linux.Seccomp;
using Falter.Records;

namespace Falter.Inject;

/// <summary>
/// Answers the calls that one listener announces, at once or when their delay is over. One thread receives; whoever replaces the rules lets go what is held.
/// A call lies in its slot of the keeper's memory until it is answered, so that the keeper knows of it.
/// </summary>
internal sealed class CallAnswers
{
    // Threads that gave up a held call and are remembered until they come again. More than that have ended.
    private const int MostGivenUp = 4096;

    // How long no slot is looked for again once all were found taken.
    private const long AbandonedMilliseconds = 1000;

    private long _lookAgainAt;
    private readonly NotifiedRules _rules;
    private readonly SeccompListener _listener;
    private readonly HeldCall[] _held = new HeldCall[Keeper.Slots];
    private readonly PriorityQueue<int, long> _due = new();
    private readonly Stack<int> _free = new(Enumerable.Range(1, Keeper.Slots - 1).Reverse());
    private readonly Dictionary<int, int> _slotOf = [];
    private readonly Dictionary<int, long> _givenUp = [];
    private long _sweptAt = long.MinValue;
    private volatile int _count;

    public CallAnswers(NotifiedRules rules, SeccompListener listener)
    {
        _rules = rules;
        _listener = listener;
    }

    /// <summary>How many calls are held. Needs no lock.</summary>
    public int Count => _count;

    /// <summary>Where the next call is to be received to. Only for the thread that receives.</summary>
    public int Slot { get; private set; }

    /// <summary>Decides the call in <see cref="Slot"/>, and answers or holds it.</summary>
    public void Answer(in seccomp_notif call)
    {
        lock (_rules.Lock)
        {
            if (_rules.Armed is not { } armed)
            {
                _listener.Continue(call.id);
                return;
            }
            int tid = (int)call.pid;
            long began = _count + _givenUp.Count == 0 ? 0 : BeginningOf(armed, tid, call);
            _rules.Asking = _listener;
            CallDecision decision = armed.OnEntry(tid, (ulong)call.data.nr, call.data.Arguments, call.id);
            if (decision.Effect is { Signal: { } signal } && !decision.Again && _listener.Signal(call.id, tid, signal))
            {
                // Should the thread give the call up for it, then it has still had its signal, and not a second one when the call comes again.
                armed.Answered(tid, delivered: true);
            }
            TimeSpan hold = decision.DelayEnter + decision.DelayExit;
            if (hold == TimeSpan.Zero || !Hold(new HeldCall(call.id, tid, began == 0 ? Stopwatch.GetTimestamp() : began, decision, armed), hold)) Send(armed, tid, call.id, decision);
        }
    }

    /// <summary>Answers the calls whose delay is over.</summary>
    /// <returns>How long it is until the next one is; zero where none is held.</returns>
    public TimeSpan AnswerDue()
    {
        lock (_rules.Lock)
        {
            while (_due.TryPeek(out int slot, out long due))
            {
                TimeSpan left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
                if (left > TimeSpan.Zero) return left;
                _due.Dequeue();
                HeldCall held = Free(slot);
                if (!Send(held.Rules, held.Tid, held.Id, held.Decision)) Remember(held);
            }
            return TimeSpan.Zero;
        }
    }

    /// <summary>Lets everything go on that is held. What was only to be delayed has been; what was to fail does not. Under the lock.</summary>
    public void LetGo()
    {
        _due.Clear();
        foreach (int slot in _slotOf.Values.ToArray())
        {
            HeldCall held = Free(slot);
            bool delivered = _listener.Continue(held.Id);
            if (held.Decision.Effect!.ReplacesResult) held.Rules.LetGo(held.Tid, SkipReason.Interrupted);
            else held.Rules.Answered(held.Tid, delivered);
        }
        _givenUp.Clear();
    }

    private bool Send(ArmedRules armed, int tid, ulong id, CallDecision decision)
    {
        bool delivered = decision.Effect switch
        {
            { Error: { } errno } => _listener.Fail(id, errno),
            { ReturnValue: { } value } => _listener.Return(id, value),
            _ => _listener.Continue(id),
        };
        armed.Answered(tid, delivered);
        return delivered;
    }

    /// <summary>Holds the call in the slot that it was received to. False where its time is over already, or there is no room.</summary>
    private bool Hold(HeldCall call, TimeSpan length)
    {
        long due = call.Since + (long)(length.TotalSeconds * Stopwatch.Frequency);
        if (due <= Stopwatch.GetTimestamp()) return false;
        // One slot must stay free to receive to.
        if (_free.Count == 0 && Environment.TickCount64 >= _lookAgainAt)
        {
            FreeAbandoned();
            // The kernel looks for each id in a list: thousands of them take a moment, and the calls behind this one wait.
            _lookAgainAt = Environment.TickCount64 + AbandonedMilliseconds;
        }
        if (_free.Count == 0)
        {
            call.Rules.LetGo(call.Tid, SkipReason.Room);
            _listener.Continue(call.Id);
            return true;
        }
        _held[Slot] = call;
        _due.Enqueue(Slot, due);
        _slotOf[call.Tid] = Slot;
        Slot = _free.Pop();
        _count = _slotOf.Count;
        return true;
    }

    /// <summary>
    /// When the thread's call began to be held, where it is one that a signal had interrupted and that the kernel makes again; 0 for any other. A thread that makes
    /// a call cannot wait in another: what is held of it was given up.
    /// </summary>
    private long BeginningOf(ArmedRules armed, int tid, in seccomp_notif call)
    {
        if (_slotOf.TryGetValue(tid, out int slot))
        {
            _due.Remove(slot, out _, out _);
            HeldCall held = Free(slot);
            held.Rules.Answered(tid, delivered: false);
            Remember(held);
        }
        return _givenUp.Remove(tid, out long began) && armed.ComesAgain(tid, (ulong)call.data.nr, call.data.Arguments) ? began : 0;
    }

    private void Remember(HeldCall held)
    {
        if (_givenUp.Count >= MostGivenUp) _givenUp.Clear();
        _givenUp[held.Tid] = held.Since;
    }

    /// <summary>Threads that were killed leave their slots taken until the calls' time comes. To ask for all of them takes a millisecond.</summary>
    private void FreeAbandoned()
    {
        if (_sweptAt != long.MinValue && Stopwatch.GetElapsedTime(_sweptAt) < TimeSpan.FromMilliseconds(100)) return;
        _sweptAt = Stopwatch.GetTimestamp();
        foreach (int slot in _slotOf.Values.Where(s => !_listener.IsValid(_held[s].Id)).ToArray())
        {
            _due.Remove(slot, out _, out _);
            HeldCall held = Free(slot);
            held.Rules.Answered(held.Tid, delivered: false);
        }
    }

    /// <summary>The call in a slot is held no longer; it must not be in the queue of times any more.</summary>
    private HeldCall Free(int slot)
    {
        HeldCall held = _held[slot];
        _held[slot] = default;
        _slotOf.Remove(held.Tid);
        _free.Push(slot);
        _count = _slotOf.Count;
        return held;
    }

    /// <summary>A call whose answer is to come later.</summary>
    /// <param name="Id">Its id.</param>
    /// <param name="Tid">Its thread.</param>
    /// <param name="Since">Since when it is held, also where it was given up and came again.</param>
    /// <param name="Decision">What is to become of it.</param>
    /// <param name="Rules">Who decided so.</param>
    private readonly record struct HeldCall(ulong Id, int Tid, long Since, CallDecision Decision, ArmedRules Rules);
}
