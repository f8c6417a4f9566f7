using System.Diagnostics;
using Falter.Inject;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>What one rule has done to a role, in all of its processes one after another.</summary>
/// <param name="Mechanism">How; empty where no process could be reached.</param>
/// <param name="Matched">Calls that met it.</param>
/// <param name="Injected">What it did.</param>
/// <param name="Skipped">Calls that reached it and were not acted on.</param>
internal sealed record RuleCount(string Mechanism, long Matched, long Injected, IReadOnlyDictionary<SkipReason, long> Skipped);

/// <summary>
/// The rules that are armed on a role, whatever becomes of its processes: one that is started while they are armed gets them before its first instruction, and counts go on. Members may be called
/// from any thread.
/// </summary>
internal sealed class RoleInjection
{
    private readonly Lock _lock = new();
    private ISyscallInjector? _injector;
    private RoleRules? _rules;
    private ArmedOptions _options = ArmedOptions.None;
    private readonly Stopwatch _since = new();
    private int[] _places = [];
    private bool _armed;
    private int _generation;
    private string _mechanism = "";
    private long[] _matched = [], _injected = [];
    private Dictionary<SkipReason, long>[] _skipped = [];

    /// <summary>Why calls are acted on no longer; null where all is well.</summary>
    public Exception? Failure
    {
        get
        {
            lock (_lock) return field ?? LivingFailure();
        }
        private set;
    }

    /// <summary>One per rule, also after disarming until the next arming.</summary>
    public IReadOnlyList<RuleCount> Counts
    {
        get
        {
            lock (_lock)
            {
                (long[] matched, long[] injected, Dictionary<SkipReason, long>[] skipped) = ([.. _matched], [.. _injected], [.. _skipped.Select(s => new Dictionary<SkipReason, long>(s))]);
                AddCurrent(matched, injected, skipped);
                return [.. Enumerable.Range(0, matched.Length).Select(i => new RuleCount(_mechanism, matched[i], injected[i], skipped[i]))];
            }
        }
    }

    /// <summary>The place among the armed rules of a rule of the injector: rules that are over are no more there. Never blocks.</summary>
    public int PlaceOf(int rule) => Volatile.Read(ref _places) is var places && rule < places.Length ? places[rule] : rule;

    /// <summary>A process begins, or was attached to. It gets the rules that are armed.</summary>
    public void Begin(ISyscallInjector injector)
    {
        lock (_lock)
        {
            _injector = injector;
            _mechanism = injector.Mechanism;
            if (_rules is not null) ArmCurrent();
        }
    }

    /// <summary>The process has ended: its counts are kept, its injector disposed of.</summary>
    public void End()
    {
        ISyscallInjector? gone;
        lock (_lock)
        {
            KeepCounts();
            gone = _injector;
            _injector = null;
        }
        gone?.Dispose();
    }

    /// <summary>Arms rules in place of those that are; also where no process lives at the moment.</summary>
    public void Arm(RoleRules rules, ArmedOptions options)
    {
        lock (_lock)
        {
            (_rules, _options, Failure, _generation) = (rules, options, null, 0);
            (_matched, _injected) = (new long[rules.Rules.Count], new long[rules.Rules.Count]);
            _skipped = [.. rules.Rules.Select(_ => new Dictionary<SkipReason, long>())];
            _since.Restart();
            try
            {
                if (_injector is not null) ArmCurrent();
            }
            catch
            {
                _rules = null;
                throw;
            }
        }
    }

    /// <summary>Ends the injection: when it returns, no further call is acted on.</summary>
    public void Disarm()
    {
        lock (_lock)
        {
            KeepCounts();
            _rules = null;
        }
    }

    private void ArmCurrent()
    {
        IReadOnlyList<(int Place, SyscallFault Rule)> left = _rules!.LeftAfter(_generation == 0 ? TimeSpan.Zero : _since.Elapsed, _injected);
        _places = [.. left.Select(l => l.Place)];
        if (_places.Length == 0) return;
        // A process that is started again draws other lots: with the same ones it would meet the same fate at the same call for ever.
        _injector!.Arm([.. left.Select(l => l.Rule)], SeedOf.Generation(_rules.Seed, _generation++), _options);
        _armed = true;
    }

    private void KeepCounts()
    {
        if (!_armed) return;
        Failure ??= LivingFailure();
        _injector!.Disarm();
        AddCurrent(_matched, _injected, _skipped);
        _armed = false;
    }

    private void AddCurrent(long[] matched, long[] injected, Dictionary<SkipReason, long>[] skipped)
    {
        if (!_armed || _injector is not { } injector) return;
        IReadOnlyList<InjectionCounts> counts = injector.Counts;
        IReadOnlyList<IReadOnlyDictionary<SkipReason, long>> reasons = injector.Skipped;
        for (int rule = 0; rule < _places.Length && rule < counts.Count; rule++)
        {
            int place = _places[rule];
            matched[place] += counts[rule].Matched;
            injected[place] += counts[rule].Injected;
            foreach ((SkipReason reason, long count) in reasons[rule]) skipped[place][reason] = skipped[place].GetValueOrDefault(reason) + count;
        }
    }

    /// <summary>An injector may fail because its target has just ended, which is no failure.</summary>
    private Exception? LivingFailure() => _armed && _injector is { Failure: { } failure, TargetGone: false } ? failure : null;
}
