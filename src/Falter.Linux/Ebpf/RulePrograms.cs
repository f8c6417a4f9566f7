using Falter.Linux.Features;
using Falter.Linux.Interop;
using Falter.Records;

namespace Falter.Linux.Ebpf;

/// <summary>Kernel programs that carry rules out by themselves, loaded and attached for one arming. Not for use by several threads at once.</summary>
public abstract class RulePrograms : IDisposable
{
    /// <summary>The most rules that can be armed together.</summary>
    public const int MostRules = RuleMaps.MostRules;

    /// <summary>The most rules that can name one call.</summary>
    public const int MostRulesOfACall = CallRules.MostCandidates;

    /// <summary>The most members that one kind of predicate can have.</summary>
    public const int MostPredicates = ArmedRule.MostPredicates;

    private readonly List<IDisposable> _attached = [];
    private readonly BpfObject _object;
    private readonly RuleMaps _maps;
    private bool _disposed;

    private protected RulePrograms(BpfObject loaded, IReadOnlyList<SyscallFault> rules)
    {
        _object = loaded;
        _maps = new RuleMaps(loaded, rules);
    }

    /// <summary>What each rule has done.</summary>
    public IReadOnlyList<InjectionCounts> Counts => _maps.Counts;

    /// <summary>For each rule, the calls that reached it and were not acted on, by reason.</summary>
    public IReadOnlyList<IReadOnlyDictionary<SkipReason, long>> Skipped => _maps.Skipped;

    /// <summary>Calls that were failed, by who made them.</summary>
    public IReadOnlyList<InjectedCalls> Injected => _maps.Injected;

    /// <summary>Injected calls that found no room in the log or in <see cref="Injected"/>; <see cref="Counts"/> has them.</summary>
    public long Untold => _maps.Untold;

    /// <summary>Takes the injected calls that wait to be told, oldest first.</summary>
    public IEnumerable<InjectedCall> TakeLog() => _maps.TakeLog();

    /// <summary>Takes the programs from their hooks. When it returns none of them runs any more; what they counted can be read until <see cref="Dispose"/>.</summary>
    public void Detach()
    {
        if (_attached.Count == 0) return;
        foreach (IDisposable link in Enumerable.Reverse(_attached)) link.Dispose();
        _attached.Clear();
        // A program may be running on another processor. Programs run inside RCU readers, and this waits until all that had begun have ended
        // (synchronize_rcu in kernel/sched/membarrier.c). EINVAL on kernels with nohz_full: a program then ends within microseconds all the same.
        const int MEMBARRIER_CMD_GLOBAL = 1;
        RawSyscall.Call(RawSyscall.SYS_membarrier, MEMBARRIER_CMD_GLOBAL);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        Detach();
        DisposeObjects();
        _object.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected void Own(IDisposable link) => _attached.Add(link);

    private protected virtual void DisposeObjects()
    {
    }
}
