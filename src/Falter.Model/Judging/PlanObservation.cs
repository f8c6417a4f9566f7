using Falter.Records;

namespace Falter.Model;

/// <summary>What was seen in one phase.</summary>
/// <param name="Checks">Probes that began in it, in the order of time.</param>
/// <param name="Requests">Requests of the workload that were scheduled in it, in the order of time.</param>
public sealed record PhaseObservation(IReadOnlyList<CheckSample> Checks, IReadOnlyList<RequestSample> Requests)
{
    public static readonly PhaseObservation Empty = new([], []);
}

/// <summary>The end of a process.</summary>
/// <param name="AtSeconds">When, in seconds since the run began.</param>
/// <param name="Process">Its name.</param>
/// <param name="How"><c>exit code 1</c>, <c>killed by SIGSEGV</c>.</param>
public sealed record ProcessDeath(double AtSeconds, string Process, string How);

/// <summary>Everything that the verdict on one fault plan rests on.</summary>
public sealed record PlanObservation
{
    public required ErrorModel Model { get; init; }
    public required FaultPhase Phase { get; init; }
    public required string Mechanism { get; init; }
    public required InjectionCounts Counts { get; init; }

    /// <summary>The steady state, measured under the same mechanism with nothing injected.</summary>
    public required PhaseObservation Baseline { get; init; }

    public required PhaseObservation Inject { get; init; }
    public required PhaseObservation Recover { get; init; }
    public required PhaseObservation Inspect { get; init; }

    /// <summary>How the target itself died; null where it lives.</summary>
    public ProcessDeath? TargetDeath { get; init; }

    /// <summary>Other processes of the target that a signal ended.</summary>
    public IReadOnlyList<ProcessDeath> ChildDeaths { get; init; } = [];

    /// <summary>Processes of the target that a signal ended in the baseline: a server may end its idle workers so.</summary>
    public IReadOnlyList<ProcessDeath> UsualChildDeaths { get; init; } = [];

    /// <summary>Why the injector gave up; null where it did not.</summary>
    public string? InjectorFailure { get; init; }
}
