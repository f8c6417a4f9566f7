using Falter.Linux.Seccomp;
using Falter.Records;

namespace Falter.Inject;

/// <summary>The rules that are armed for the targets of seccomp listeners, which several threads may ask. What is not said to be otherwise needs the lock.</summary>
internal sealed class NotifiedRules
{
    private readonly InjectedByProcess _injected = new();
    private readonly List<CallAnswers> _answers = [];
    private ArmedRules? _counted;

    public Lock Lock { get; } = new();

    /// <summary>The rules; null where none are armed.</summary>
    public ArmedRules? Armed { get; private set; }

    /// <summary>The listener over which the call came that is being decided.</summary>
    public SeccompListener? Asking { get; set; }

    /// <summary>Takes the lock.</summary>
    public IReadOnlyList<InjectionCounts> Counts
    {
        get
        {
            lock (Lock) return _counted?.Counts ?? [];
        }
    }

    /// <summary>Takes the lock.</summary>
    public IReadOnlyList<IReadOnlyDictionary<SkipReason, long>> Skipped
    {
        get
        {
            lock (Lock) return _counted?.Skipped ?? [];
        }
    }

    /// <summary>Replaces the rules, or arms the first ones; calls that are held are let go. Takes the lock.</summary>
    public void Arm(IReadOnlyList<SyscallFault> rules, ulong seed, ArmedOptions? options)
    {
        ArmedOptions own = (options ?? ArmedOptions.None) with { StillWaits = id => Asking!.IsValid(id) };
        Replace(new ArmedRules(rules, seed, own, _injected));
    }

    /// <summary>No rule is armed any longer, and calls that are held are let go. Takes the lock.</summary>
    public void Disarm() => Replace(null);

    /// <summary>Calls that are held there are let go when the rules change. Takes the lock.</summary>
    public void Add(CallAnswers answers)
    {
        lock (Lock) _answers.Add(answers);
    }

    /// <summary>Nothing is held there any longer. Takes the lock.</summary>
    public void Remove(CallAnswers answers)
    {
        lock (Lock) _answers.Remove(answers);
    }

    /// <summary>What was injected so far. Takes the lock.</summary>
    public InjectionNotice Notice(string mechanism)
    {
        lock (Lock) return new InjectionNotice(mechanism, SkipsEntry: true, _injected.All());
    }

    private void Replace(ArmedRules? armed)
    {
        lock (Lock)
        {
            foreach (CallAnswers answers in _answers) answers.LetGo();
            Armed = armed;
            _counted = armed ?? _counted;
        }
    }
}
