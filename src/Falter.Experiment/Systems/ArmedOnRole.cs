using Falter.Inject;
using Falter.Linux;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>The share of a plan that is armed on one role.</summary>
/// <param name="system">Who it belongs to.</param>
/// <param name="role">The role.</param>
/// <param name="faults">The faults, each with its place in the plan.</param>
/// <param name="options">How the plan is armed.</param>
internal sealed class ArmedOnRole(SystemInstance system, RunningRole role, IReadOnlyList<(int Place, Fault Fault)> faults, ArmedPlanOptions options)
{
    private readonly (int Place, SyscallFault Rule)[] _rules = [.. faults.Where(f => f.Fault is SyscallFault).Select(f => (f.Place, (SyscallFault)f.Fault))];
    private readonly (int Place, Fault Fault)[] _others = [.. faults.Where(f => f.Fault is not SyscallFault)];
    private FaultSchedule? _schedule;
    private bool _rulesArmed;
    private IReadOnlyList<RuleCount>? _last;
    private Exception? _failure;

    /// <summary>Why it no longer goes on; null while it is well.</summary>
    public Exception? Failure => _failure ?? CurrentFailure;

    public IReadOnlyList<Finding> Findings => [.. (_schedule?.Outcomes ?? []).SelectMany(o => o.Findings)];

    /// <summary>How it ends, also by hand.</summary>
    public IEnumerable<string> Undo => role.Choice is { } choice && _rules.Length > 0 ? [$"{role.Name}: {choice.Mechanism.Undo}."] : [];

    /// <summary>What each fault has done here, with its place.</summary>
    public IEnumerable<(int Place, RuleCount Count)> Counts
    {
        get
        {
            IReadOnlyList<RuleCount> rules = _last ?? (_rulesArmed ? role.Injection.Counts : []);
            foreach (((int place, _), RuleCount count) in _rules.Zip(rules)) yield return (place, count);
            foreach (((int place, _), FaultOutcome outcome) in _others.Zip(_schedule?.Outcomes ?? []))
            {
                yield return (place, new RuleCount(outcome.Mechanism ?? "", Matched: 0, outcome.Injected, new Dictionary<SkipReason, long>()));
            }
        }
    }

    private Exception? CurrentFailure => _schedule?.Failure ?? (_rulesArmed ? role.Injection.Failure : null);

    public async Task ArmAsync()
    {
        ulong seed = SeedOf.Role(options.Seed, role.Name);
        if (_rules.Length > 0) await Task.Run(() => ArmRules(seed));
        if (_others.Length == 0) return;
        _schedule = await FaultSchedule.BeginAsync([.. _others.Select(o => o.Fault)], role.Targets, system.Journal ?? throw Unforeseen(_others[0].Fault), seed);
    }

    /// <summary>Undoes all that is armed here.</summary>
    public async Task EndAsync(List<Finding> failures)
    {
        _failure ??= CurrentFailure;
        try
        {
            if (_schedule is not null) await _schedule.DisposeAsync();
        }
        catch (FalterException e)
        {
            failures.AddRange(e.Findings);
        }
        if (!_rulesArmed) return;
        try
        {
            await Task.Run(role.Injection.Disarm);
        }
        catch (Exception e) when (e is LinuxException or InvalidOperationException)
        {
            failures.Add(Finding.Limits("undo-failed", $"{role.Name}: {e.Message}"));
        }
        _failure ??= role.Injection.Failure;
        _last = role.Injection.Counts;
        _rulesArmed = false;
    }

    private void ArmRules(ulong seed)
    {
        if (role.Choice is null) throw Unforeseen(_rules[0].Rule);
        Action<InjectedCall>? called = options.Called;
        role.Injection.Arm(new RoleRules([.. _rules.Select(r => r.Rule)], seed), new ArmedOptions
        {
            RoleOf = system.RoleOf,
            Log = called is null ? null : call => called(call with { Rule = _rules[role.Injection.PlaceOf(call.Rule)].Place }),
        });
        _rulesArmed = true;
    }

    private FalterException Unforeseen(Fault fault) =>
        FalterException.Usage("rule-not-supported", $"{role.Name}: {fault}: the system was started without a mechanism for it; start it for all faults that are to be armed");
}
