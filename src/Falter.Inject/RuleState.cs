using Falter.Records;

namespace Falter.Inject;

/// <summary>One armed rule and what it has done.</summary>
internal sealed class RuleState(SyscallFault rule)
{
    public SyscallFault Rule { get; } = rule;

    /// <summary>Calls that met the predicates; of those, decided to be acted on; of those, acted on.</summary>
    public long Matched;
    public long Granted;
    public long Injected;

    /// <summary>By <see cref="SkipReason"/>.</summary>
    public long[] Skipped { get; } = new long[Enum.GetValues<SkipReason>().Length];

    public void Skip(SkipReason reason) => Skipped[(int)reason]++;
}
