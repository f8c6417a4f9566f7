using Falter.Inject;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>How a plan is armed.</summary>
/// <param name="Seed">What its chance depends on.</param>
/// <param name="RateFactor">Rates and shares are multiplied by it, up to 1.</param>
/// <param name="Limit">When it ends by itself at the latest.</param>
/// <param name="Called">Is told of calls that were acted on; null: nobody.</param>
internal sealed record ArmedPlanOptions(ulong Seed, double RateFactor, TimeSpan Limit, Action<InjectedCall>? Called);

/// <summary>A fault plan that is in force. Disposed of, all of it is undone, the last first, and its counts are final. It ends by itself when its limit is over.</summary>
public sealed class ArmedPlan : IAsyncDisposable
{
    private readonly SystemInstance _system;
    private readonly FaultPlan _plan;
    private readonly ArmedPlanOptions _options;
    private readonly List<ArmedOnRole> _roles = [];
    private readonly CancellationTokenSource _ended = new();
    private readonly SemaphoreSlim _one = new(1, 1);
    private Task _limit = Task.CompletedTask;
    private FalterException? _undoFailure;
    private volatile bool _isOver;

    private ArmedPlan(SystemInstance system, FaultPlan plan, ArmedPlanOptions options) => (_system, _plan, _options) = (system, plan, options);

    /// <summary>One per fault of the plan, in its order. A fault of every role is counted for all roles together.</summary>
    public IReadOnlyList<FaultCount> Counts => [.. Enumerable.Range(0, _plan.Faults.Count).Select(CountOf)];

    /// <summary>Why the injection gave up; null while all is well.</summary>
    public Exception? Failure => _roles.Select(r => r.Failure).FirstOrDefault(f => f is not null) ?? _undoFailure;

    /// <summary>What should be known of how it went: packets lost against their meaning, an address that is another now.</summary>
    public IReadOnlyList<Finding> Findings => [.. _roles.SelectMany(r => r.Findings)];

    /// <summary>How it ends, also by hand: a sentence for each role.</summary>
    public string Undo => string.Join(" ", _roles.SelectMany(r => r.Undo).Distinct());

    /// <summary>Whether it was undone, or its limit is over.</summary>
    public bool IsOver => _isOver;

    internal static async Task<ArmedPlan> ArmAsync(SystemInstance system, FaultPlan plan, ArmedPlanOptions options, CancellationToken cancel)
    {
        if (!(options.RateFactor > 0)) throw new ArgumentOutOfRangeException(nameof(options), options.RateFactor, "a factor above 0");
        var armed = new ArmedPlan(system, plan, options);
        try
        {
            foreach (ArmedOnRole role in armed.Shares())
            {
                cancel.ThrowIfCancellationRequested();
                armed._roles.Add(role);
                await role.ArmAsync();
            }
        }
        catch
        {
            await armed.EndAsync();
            throw;
        }
        armed._limit = armed.EndAtLimitAsync();
        return armed;
    }

    /// <inheritdoc/>
    /// <exception cref="FalterException"><c>undo-failed</c>: something could not be undone; all else was.</exception>
    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _limit;
        await EndAsync();
        if (_undoFailure is { } failure) throw failure;
    }

    /// <summary>What each role gets of the plan: each fault with its place.</summary>
    private IEnumerable<ArmedOnRole> Shares() =>
        from place in Enumerable.Range(0, _plan.Faults.Count)
        from role in _system.RolesOf(_plan.Faults[place])
        group place by role into share
        select new ArmedOnRole(_system, share.Key, [.. share.Select(place => (place, FaultScaling.By(_options.RateFactor, _plan.Faults[place].Fault)))], _options);

    private FaultCount CountOf(int place)
    {
        RuleCount[] counts = [.. _roles.SelectMany(r => r.Counts).Where(c => c.Place == place).Select(c => c.Count)];
        IReadOnlyDictionary<string, long>? skipped = _plan.Faults[place].Fault is not SyscallFault ? null
            : SkipReasons.Words(counts.SelectMany(c => c.Skipped).GroupBy(s => s.Key).ToDictionary(s => s.Key, s => s.Sum(r => r.Value)));
        string mechanism = string.Join(", ", counts.Select(c => c.Mechanism).Where(m => m.Length > 0).Distinct());
        return new FaultCount(_plan.Faults[place].ToString(), mechanism, counts.Sum(c => c.Matched), counts.Sum(c => c.Injected), skipped);
    }

    private async Task EndAtLimitAsync()
    {
        await Task.Delay(_options.Limit, _ended.Token).ContinueWith(_ => { }, TaskScheduler.Default);
        if (!_ended.IsCancellationRequested) await EndAsync();
    }

    private async Task EndAsync()
    {
        await _one.WaitAsync();
        try
        {
            if (_isOver) return;
            var failures = new List<Finding>();
            foreach (ArmedOnRole role in Enumerable.Reverse(_roles)) await role.EndAsync(failures);
            if (failures.Count > 0) _undoFailure = new FalterException(failures, ExitCode.Broke);
            _isOver = true;
        }
        finally
        {
            _one.Release();
        }
    }
}
