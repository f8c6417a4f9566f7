using Falter.Records;

namespace Falter.Report;

/// <summary>What cannot stand together in the section <c>faults</c>, and what no mechanism could carry out. Which mechanism carries a rule out is the runner's choice.</summary>
internal sealed class FaultContradictions(ExperimentDefinition experiment, ExperimentReading reading, Action<StrictNode, string> requireRole)
{
    private const string SeccompNotify = "seccomp-notify", SeccompAttach = "seccomp-attach";

    private readonly FaultsDefinition _faults = experiment.Faults;

    public void Add()
    {
        if (_faults is { Natural: null, Models: null, Plans.Count: 0 }) reading.Add(reading.Place(_faults, "natural"), "faults: nothing is done to the system; expected natural: true, models, or plans");
        foreach (string role in _faults.Natural?.Roles ?? []) requireRole(reading.Place(_faults.Natural!, "roles"), role);
        if (_faults is { Natural: null, Strategy: FaultStrategy.Random }) reading.Add(reading.Place(_faults, "strategy"), "strategy: random draws as many faults as natural errors give; expected natural: true with it");
        AddOfCombinations();
        AddOfMechanism();
        foreach (WrittenPlan plan in _faults.Plans)
        {
            foreach (RoleFault fault in plan.Faults) AddOf(fault);
            AddUnreachable(plan);
        }
    }

    private void AddOfCombinations()
    {
        int most = _faults.Models is not null ? int.MaxValue : _faults.Plans.Count + (_faults.Natural?.MaxModels ?? 0);
        if (_faults.AtOnce > Math.Max(most, 1)) reading.Add(reading.Place(_faults, "at_once"), $"at_once: {_faults.AtOnce} plans at once, and there can be {most} in all");
    }

    private void AddOfMechanism()
    {
        bool isAttached = experiment.System.Processes.Any(p => p.Attach is not null), isLaunched = experiment.System.Processes.Any(p => p.Command is not null);
        if (isAttached && _faults.Mechanism == SeccompNotify) reading.Add(reading.Place(_faults, "mechanism"), "mechanism: seccomp-notify needs a process's first instruction, and these run already; expected ptrace, or leave it out");
        if (isLaunched && _faults.Mechanism == SeccompAttach) reading.Add(reading.Place(_faults, "mechanism"), "mechanism: seccomp-attach is for processes that run already; expected seccomp-notify, or leave it out");
    }

    private void AddOf(RoleFault hit)
    {
        StrictNode place = reading.Place(hit);
        if (hit.Role is { } role) requireRole(place, role);
        foreach (string named in (hit.Fault as SyscallFault)?.Where.Roles ?? []) requireRole(place, named);
        TimeSpan inject = experiment.Phases.Inject;
        if (hit.Fault.After >= inject) reading.Add(place, $"'{hit}' begins {Durations.Format(hit.Fault.After)} after arming, and phases: {{ inject }} is {Durations.Format(inject)}: it would never begin");
        if (Longest(hit.Fault) is { } longest && longest > inject) reading.Add(place, $"'{hit}' delays for {Durations.Format(longest)}, and phases: {{ inject }} is {Durations.Format(inject)}: it would not be over");
        if (hit.Fault is ContainerFault) RequireContainer(place, hit);
    }

    private void RequireContainer(StrictNode place, RoleFault hit)
    {
        ProcessDefinition[] meant = [.. experiment.System.Processes.Where(p => hit.Role is null || p.Role == hit.Role)];
        if (meant.Length == 0 || meant.Any(p => p.Attach?.Container is not null)) return;
        reading.Add(place, $"'{hit}': no mechanism can do it: {(hit.Role is null ? "no role" : hit.Role)} is {(hit.Role is null ? "" : "no ")}container; expected attach: {{ container: NAME }}");
    }

    /// <summary>Of the rules that meet in one role, the first that acts wins; a rule that can act in no role is a mistake.</summary>
    private void AddUnreachable(WrittenPlan plan)
    {
        string[] roles = [.. experiment.System.Processes.Select(p => p.Role).Distinct(StringComparer.Ordinal)];
        Dictionary<Fault, RoleFault> hits = plan.Faults.ToDictionary(f => f.Fault, IdentityOf);
        var found = new Dictionary<Fault, (int Times, Finding Finding)>(IdentityOf);
        foreach (string role in roles)
        {
            List<Fault> met = [.. plan.Faults.Where(f => f.Role is null || f.Role == role).Select(f => f.Fault)];
            for (int i = 1; i < met.Count; i++)
            {
                Fault fault = met[i];
                if (Unreachable([.. met.Take(i + 1)], hits) is { } finding) found[fault] = (found.GetValueOrDefault(fault).Times + 1, finding);
            }
        }
        foreach ((Fault fault, (int times, Finding finding)) in found)
        {
            if (times == (hits[fault].Role is null ? roles.Length : 1)) reading.Add(reading.Place(hits[fault]), finding);
        }
    }

    /// <summary>Why the last of these can never act; null where it can.</summary>
    private Finding? Unreachable(IReadOnlyList<Fault> faults, Dictionary<Fault, RoleFault> hits)
    {
        string place = $"{reading.Where(reading.Place(hits[faults[^1]]))}:";
        return UnreachableRules.Find(faults, f => reading.Where(reading.Place(hits[f]))).FirstOrDefault(f => f.Message.StartsWith(place, StringComparison.Ordinal));
    }

    private static IEqualityComparer<Fault> IdentityOf { get; } = EqualityComparer<Fault>.Create(ReferenceEquals, f => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(f));

    private static TimeSpan? Longest(Fault fault) => fault switch
    {
        SyscallFault { Effect: var effect } => new[] { effect.DelayEnter?.Longest, effect.DelayExit?.Longest }.Max(),
        NetworkFault { Delay: { } delay } => delay.Longest,
        _ => null,
    };
}
