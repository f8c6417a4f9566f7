using Falter.Linux.Proc;

namespace Falter.Inject;

/// <summary>What a process fault would do: for a dry run, and for the record.</summary>
/// <param name="Mechanism">How: one of <see cref="ProcessFaults.Mechanisms"/>.</param>
/// <param name="Processes">Whom it hits.</param>
/// <param name="Does">What happens to them, in one sentence.</param>
/// <param name="Undo">How it ends, also by hand, in one sentence.</param>
/// <param name="Notes">What else must be known: who can see it, what it may cost.</param>
public sealed record ProcessFaultPlan(string Mechanism, IReadOnlyList<ProcessStat> Processes, string Does, string Undo, IReadOnlyList<string> Notes);
