using Falter.Records;

namespace Falter.Report;

/// <summary>Mistakes that no field has by itself: what names something that is not there, and what cannot stand together.</summary>
internal sealed class ExperimentContradictions(ExperimentDefinition experiment, StrictMap root, ExperimentReading reading)
{
    /// <summary>Fewer probes of a check are no steady state to compare with.</summary>
    private const int LeastProbes = 5;

    private readonly SystemDefinition _system = experiment.System;
    private readonly string[] _roles = [.. experiment.System.Processes.Select(p => p.Role).Where(r => r.Length > 0)];

    public void Add()
    {
        RequireUnique(_system.Processes, p => p.Role, "role", "role");
        RequireUnique(experiment.Checks, c => c.Name, "name", "check");
        RequireUnique(experiment.Faults.Plans, p => p.Name, "name", "plan");
        new SystemContradictions(_system, reading, RequireRole).Add();
        new FaultContradictions(experiment, reading, RequireRole).Add();
        AddOfChecks();
        AddOfPhases();
        AddOfStopRules();
        AddOfReferences(root);
    }

    private void AddOfChecks()
    {
        foreach (CheckDefinition check in experiment.Checks.Concat(_system.Processes.Select(p => p.Ready).OfType<CheckDefinition>()))
        {
            if (RoleOf(check) is { Length: > 0 } role) RequireRole(reading.Place(check, "role"), role);
            if (check is LogCheckDefinition { File: null } log && _system.Processes.FirstOrDefault(p => p.Role == log.Role) is { Attach: not null })
            {
                reading.Add(reading.Place(check, "log"), $"log: {log.Role} runs already, so its output is not Falter's; expected its log's file, for example file: /var/log/{log.Role}.log");
            }
        }
        foreach (CheckDefinition check in experiment.Checks.Where(c => c.Interval * LeastProbes > experiment.Phases.Baseline))
        {
            reading.Add(reading.Place(check, "interval"), $"interval: a baseline of {Durations.Format(experiment.Phases.Baseline)} has fewer than {LeastProbes} probes at an interval of {Durations.Format(check.Interval)}; expected a longer phases: {{ baseline }}, or a shorter interval");
        }
    }

    private void AddOfPhases()
    {
        PhaseLengths phases = experiment.Phases;
        if (phases.Interval > phases.Observe) reading.Add(reading.Place(phases, "interval"), "interval: longer than observe, so nothing would be observed; expected at most a fifth of it");
    }

    private void AddOfStopRules()
    {
        string[] names = [.. experiment.Checks.Select(c => c.Name)];
        foreach (StopRule rule in experiment.StopRules.Where(r => r.Check.Length > 0 && names.Length > 0 && !names.Contains(r.Check, StringComparer.Ordinal)))
        {
            string hint = NearestNames.Hint(rule.Check, names);
            reading.Add(reading.Place(rule, "check"), $"check: there is no check '{rule.Check}'{(hint.Length > 0 ? hint : $"; expected one of {string.Join(", ", names)}")}");
        }
    }

    /// <summary><c>${address:ROLE}</c> anywhere.</summary>
    private void AddOfReferences(StrictNode node)
    {
        foreach (StrictNode child in node is StrictMap map ? map.Entries.Select(e => e.Value) : node is StrictList list ? list.Items : []) AddOfReferences(child);
        if (node is not StrictScalar scalar) return;
        foreach (string role in AddressReferences.RolesIn(scalar.Value)) RequireRole(scalar, role);
    }

    private void RequireRole(StrictNode place, string role)
    {
        if (_roles.Length == 0 || _roles.Contains(role, StringComparer.Ordinal)) return;
        string hint = NearestNames.Hint(role, _roles);
        reading.Add(place, $"there is no role '{role}'{(hint.Length > 0 ? hint : $"; expected one of {string.Join(", ", _roles)}")}");
    }

    private void RequireUnique<T>(IEnumerable<T> parts, Func<T, string> nameOf, string key, string what) where T : class
    {
        var places = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (T part in parts.Where(p => nameOf(p).Length > 0))
        {
            StrictNode place = reading.Place(part, key);
            if (!places.TryAdd(nameOf(part), place.Line)) reading.Add(place, $"{what} '{nameOf(part)}' is given twice, first in line {places[nameOf(part)]}; give one another {key}");
        }
    }

    private static string? RoleOf(CheckDefinition check) => check switch
    {
        LogCheckDefinition log => log.Role,
        ProcessCheckDefinition process => process.Role,
        RuntimeCheckDefinition runtime => runtime.Role,
        _ => null,
    };
}
