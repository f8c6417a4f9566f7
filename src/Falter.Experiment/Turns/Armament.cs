using Falter.Records;

namespace Falter.Experiment;

/// <summary>What came of the arming of a plan, after it was undone.</summary>
/// <param name="Counts">One per fault of the plan, in its order.</param>
/// <param name="Failure">Why the injection gave up; null where it did not.</param>
/// <param name="Stopped">The stop rule that ended it early; null: none.</param>
/// <param name="Findings">What should be known of how it went.</param>
internal sealed record Armament(IReadOnlyList<FaultCount> Counts, string? Failure, StopRule? Stopped, IReadOnlyList<Finding> Findings);
