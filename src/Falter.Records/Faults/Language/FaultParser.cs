namespace Falter.Records;

/// <summary>
/// Reads faults as people write them: <c>SYSCALLS:field:field…</c>, <c>process:…</c>, <c>network:…</c> or <c>container:…</c>. The language is described in
/// <c>docs/reference/rules.md</c>; <see cref="FaultText"/> writes it.
/// </summary>
public static class FaultParser
{
    /// <summary>Reads faults; all mistakes of all of them are reported at once.</summary>
    /// <exception cref="FalterException"><c>bad-rule</c>, <c>unknown-syscall</c>, <c>unknown-errno</c>, <c>rule-unreachable</c>.</exception>
    public static IReadOnlyList<Fault> Parse(IReadOnlyList<string> texts)
    {
        var mistakes = new List<Finding>();
        var faults = new List<Fault>();
        foreach (string text in texts)
        {
            if (Read(text, null, mistakes) is { } fault) faults.Add(fault);
        }
        if (mistakes.Count == 0) mistakes.AddRange(UnreachableRules.Find(faults));
        return mistakes.Count == 0 ? faults : throw new FalterException(mistakes, ExitCode.Usage);
    }

    /// <summary>Reads a fault that was taken apart; null where it has mistakes, which are added.</summary>
    public static Fault? Read(FaultFields fields, ICollection<Finding> mistakes) => fields.Head switch
    {
        "process" => ProcessFaultReading.Read(fields, mistakes),
        "network" => NetworkFaultReading.Read(fields, mistakes),
        "container" => ContainerFaultReading.Read(fields, mistakes),
        _ => SyscallRuleReading.Read(fields, mistakes),
    };

    /// <summary>Reads a fault; null where it has mistakes, which are added.</summary>
    /// <param name="text">The fault in the rule language.</param>
    /// <param name="where">The file and line that it stands in; null: the command line.</param>
    /// <param name="mistakes">Where mistakes go.</param>
    public static Fault? Read(string text, string? where, ICollection<Finding> mistakes)
    {
        try
        {
            return Read(FaultFields.Of(text, where), mistakes);
        }
        catch (FalterException e)
        {
            foreach (Finding finding in e.Findings) mistakes.Add(finding);
            return null;
        }
    }
}
