using Falter.Linux.Proc;
using Falter.Records;

namespace Falter.Inject;

/// <summary>The processes of a target: those that were named or launched, and their descendants.</summary>
/// <param name="Roots">Process numbers.</param>
/// <param name="IsLaunched">Whether Falter launched it: then it may be put into a control group of its own.</param>
public sealed record TargetTree(IReadOnlyList<int> Roots, bool IsLaunched)
{
    /// <summary>Its processes at this moment.</summary>
    /// <param name="names">Only those with one of these names; none: all.</param>
    public IReadOnlyList<ProcessStat> Processes(IReadOnlyList<Glob> names) =>
        [.. ProcessTable.WithDescendants(Roots).DistinctBy(p => p.Pid).Where(p => names.Count == 0 || names.Any(n => n.Matches(p.Name)))];
}
