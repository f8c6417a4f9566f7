namespace Falter.Records;

/// <summary>Reads rules about system calls where no other faults can be: <see cref="FaultParser"/> with the others refused.</summary>
public static class FaultRuleParser
{
    /// <summary>Reads rules; all mistakes of all rules are reported at once.</summary>
    /// <exception cref="FalterException"><c>bad-rule</c>, <c>unknown-syscall</c>, <c>unknown-errno</c>, <c>rule-unreachable</c>.</exception>
    public static IReadOnlyList<SyscallFault> Parse(IReadOnlyList<string> texts)
    {
        IReadOnlyList<Fault> faults = FaultParser.Parse(texts);
        Finding[] others = [.. faults.Where(f => f is not SyscallFault).Select(f => Finding.Refusal("bad-rule", $"rule '{f.Written}': only rules about system calls can be carried out here; expected for example {SyscallRuleReading.Example}"))];
        return others.Length == 0 ? [.. faults.Cast<SyscallFault>()] : throw new FalterException(others, ExitCode.Usage);
    }
}
