using Falter.Records;

namespace Falter.Experiment;

/// <summary>The fault plans of a run.</summary>
/// <param name="Plans">In the order of their numbers, from 0.</param>
/// <param name="Findings">What was left out, and why.</param>
public sealed record MadePlans(IReadOnlyList<FaultPlan> Plans, IReadOnlyList<Finding> Findings);
