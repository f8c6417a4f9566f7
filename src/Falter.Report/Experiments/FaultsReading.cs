using System.Text.RegularExpressions;
using Falter.Records;

namespace Falter.Report;

/// <summary>The section <c>faults</c>.</summary>
internal static partial class FaultsReading
{
    // Behind a role stands a blank; in a rule, none stands behind a colon.
    [GeneratedRegex(@"\A([A-Za-z0-9_-]+):\s+(.*)\z", RegexOptions.Singleline)]
    private static partial Regex OfRole();

    public static FaultsDefinition Read(StrictMap map, ExperimentReading reading)
    {
        var section = new SectionReading(map, FaultsFields.Faults, reading);
        var standard = new FaultsDefinition();
        var plans = new List<WrittenPlan>();
        foreach (StrictNode item in section.Items("plans"))
        {
            if (item is StrictMap plan) plans.Add(Plan(plan, reading));
            else reading.Add(item, "plans: expected a map with name and faults");
        }
        return reading.From(section, new FaultsDefinition
        {
            Natural = section.Get<StrictNode?>("natural", null) is { } natural ? Natural(natural, reading) : null,
            Models = section.Text("models") is { } models ? reading.PathOf(models) : null,
            Plans = plans,
            AtOnce = section.Get("at_once", standard.AtOnce),
            MostPlans = section.Get("max_plans", standard.MostPlans),
            Strategy = section.Get("strategy", standard.Strategy),
            FindThresholds = section.Get("find_thresholds", standard.FindThresholds),
            Mechanism = section.Text("mechanism"),
        });
    }

    private static NaturalFaults? Natural(StrictNode node, ExperimentReading reading)
    {
        if (node is not StrictMap map) return node is StrictScalar { Value: "true" } ? new NaturalFaults([]) : null;
        var section = new SectionReading(map, FaultsFields.Natural, reading);
        return reading.From(section, new NaturalFaults(section.Get<IReadOnlyList<string>>("roles", []), section.Get("max_models", new NaturalFaults([]).MaxModels)) { Together = section.Get("together", false) });
    }

    private static WrittenPlan Plan(StrictMap map, ExperimentReading reading)
    {
        var section = new SectionReading(map, FaultsFields.Plan, reading);
        var faults = new List<RoleFault>();
        foreach (StrictNode item in section.Items("faults"))
        {
            if (Fault(item, reading) is { } fault) faults.Add(reading.From(item, fault));
        }
        return reading.From(section, new WrittenPlan(section.Text("name") ?? "", faults));
    }

    private static RoleFault? Fault(StrictNode node, ExperimentReading reading)
    {
        var findings = new List<Finding>();
        RoleFault? read = node is StrictScalar text ? OfText(text, reading, findings) : OfMap(node, reading, findings);
        foreach (Finding finding in findings) reading.Add(node, finding);
        return read;
    }

    private static RoleFault? OfText(StrictScalar text, ExperimentReading reading, List<Finding> findings)
    {
        Match ofRole = OfRole().Match(text.Value);
        Fault? fault = FaultParser.Read(ofRole.Success ? ofRole.Groups[2].Value : text.Value, reading.Where(text), findings);
        return fault is null ? null : new RoleFault(ofRole.Success ? ofRole.Groups[1].Value : null, fault);
    }

    private static RoleFault? OfMap(StrictNode node, ExperimentReading reading, List<Finding> findings)
    {
        if (node is StrictMap { Entries: [var only] } && only.Value is StrictScalar rule && !IsKind(only.Key.Value))
        {
            reading.Add(node, $"a fault is a text or a map of a rule's fields; if {only.Key.Value} is a role, quote the whole: \"{only.Key.Value}: {rule.Value}\"");
            return null;
        }
        string? role = null;
        if (node is StrictMap map && map.Entries.FirstOrDefault(e => e.Key.Value == "role") is { Key: not null } entry)
        {
            if (!Forms.Role.TryRead(entry.Value, new Field("role", Forms.Role, "", "web"), reading, out role)) return null;
            node = new StrictMap([.. map.Entries.Where(e => e.Key.Value != "role")], map.Line, map.Column);
        }
        var mistakes = new List<StrictMistake>();
        FaultFields? fields = FaultMap.Fields(node, reading.Source, mistakes);
        reading.Add(mistakes);
        return fields is not null && FaultParser.Read(fields, findings) is { } fault ? new RoleFault(role, fault) : null;
    }

    private static bool IsKind(string key) => key is "syscalls" or "process" or "network" or "container" or "role";
}
