using System.Globalization;
using System.Text;
using Falter.Records;

namespace Falter.Report;

/// <summary>Faults as YAML for people: to be reviewed, edited and armed again. <see cref="FaultsFile"/> reads it.</summary>
public static class FaultsYaml
{
    /// <summary>The document.</summary>
    /// <param name="faults">In order.</param>
    /// <param name="seed">Null: left open.</param>
    /// <param name="duration">Null: left open.</param>
    public static string Of(IReadOnlyList<Fault> faults, ulong? seed = null, TimeSpan? duration = null)
    {
        var text = new StringBuilder("# Faults; docs/reference/rules.md describes the fields. Of several rules that match a call, the first decides it.\n");
        Line(text, $"version: {FaultsFile.CurrentVersion}");
        if (seed is { } number) Line(text, $"seed: {number}");
        if (duration is { } length) Line(text, $"duration: {Durations.Format(length)}");
        text.Append(faults.Count == 0 ? "faults: []\n" : "faults:\n");
        foreach (Fault fault in faults) Add(text, FaultFields.Of($"{fault}"), fault is SyscallFault);
        return text.ToString();
    }

    private static void Add(StringBuilder text, FaultFields fields, bool isOfSyscalls)
    {
        Line(text, isOfSyscalls ? $"  - syscalls: {YamlText.List(fields.Head.Split(','))}" : $"  - {fields.Head}:");
        string indent = isOfSyscalls ? "    " : "      ";
        foreach (IGrouping<string, FaultField> field in fields.Fields.GroupBy(f => f.Key, StringComparer.Ordinal)) Line(text, $"{indent}{field.Key}: {Value([.. field])}");
    }

    private static string Value(IReadOnlyList<FaultField> fields) => fields[0] switch
    {
        { Value: null } => "true",
        { IsArgument: true } => YamlText.List(fields.Select(f => f.Value!)),
        var field when FaultField.CanBeList(field.Key) => YamlText.List(field.Items),
        var field => YamlText.Of(field.Value!),
    };

    private static void Line(StringBuilder text, string line) => text.Append(CultureInfo.InvariantCulture, $"{line}\n");
}
