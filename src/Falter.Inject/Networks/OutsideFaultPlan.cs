namespace Falter.Inject;

/// <summary>What a network or container fault would do: for a dry run, and for the record.</summary>
/// <param name="Mechanism">How: one of <see cref="NetworkFaults.Mechanisms"/>, or <see cref="ContainerFaults.MechanismName"/>.</param>
/// <param name="Scope">What it hits, and that nothing else is.</param>
/// <param name="Does">What happens, in one sentence.</param>
/// <param name="Undo">How it ends, also by hand, in one sentence.</param>
/// <param name="Notes">What else must be known.</param>
public sealed record OutsideFaultPlan(string Mechanism, string Scope, string Does, string Undo, IReadOnlyList<string> Notes);
