using Falter.Records;

namespace Falter.Model;

/// <summary>What was seen in one phase.</summary>
/// <param name="Checks">Probes that began in it, in the order of time.</param>
/// <param name="Requests">Requests of the workload that were scheduled in it, in the order of time.</param>
public sealed record PhaseObservation(IReadOnlyList<CheckSample> Checks, IReadOnlyList<RequestSample> Requests)
{
    public static readonly PhaseObservation Empty = new([], []);

    /// <summary>What the system's processes wrote in it, in the order of time.</summary>
    public IReadOnlyList<LogLine> Log { get; init; } = [];

    /// <summary>When the first probe or request was, in seconds since the run began; 0 where there was none.</summary>
    internal double FirstSeconds => Math.Min(First(Checks.Count > 0 ? Checks[0].AtSeconds : null), First(Requests.Count > 0 ? Requests[0].AtSeconds : null)) is var first && double.IsFinite(first) ? first : 0;

    /// <summary>From the first probe or request to the last, in seconds.</summary>
    internal double Seconds => Math.Max(0, Math.Max(Checks.Count > 0 ? Checks[^1].AtSeconds : 0, Requests.Count > 0 ? Requests[^1].AtSeconds : 0) - FirstSeconds);

    private static double First(double? at) => at ?? double.PositiveInfinity;
}

/// <summary>The end of a process.</summary>
/// <param name="AtSeconds">When, in seconds since the run began.</param>
/// <param name="Process">Its name.</param>
/// <param name="How"><c>exit code 1</c>, <c>killed by SIGSEGV</c>.</param>
public sealed record ProcessDeath(double AtSeconds, string Process, string How);

/// <summary>Everything that the verdict on one turn rests on.</summary>
public sealed record TurnObservation
{
    public required FaultPlan Plan { get; init; }

    /// <summary>Number of the turn in the run, from 0.</summary>
    public int Turn { get; init; }

    /// <summary>Which repetition of the plan, from 0.</summary>
    public int Repetition { get; init; }

    public ulong Seed { get; init; }

    /// <summary>When it began and ended, in seconds since the run began.</summary>
    public double BeginSeconds { get; init; }
    public double EndSeconds { get; init; }

    /// <summary>See <see cref="TurnVerdict.RateFactor"/>.</summary>
    public double RateFactor { get; init; } = 1;

    /// <summary>One per fault of the plan, in its order.</summary>
    public required IReadOnlyList<FaultCount> Counts { get; init; }

    /// <summary>The steady state, measured under the same mechanism with nothing injected.</summary>
    public required PhaseObservation Baseline { get; init; }

    public required PhaseObservation Inject { get; init; }
    public required PhaseObservation Recover { get; init; }
    public required PhaseObservation Inspect { get; init; }

    /// <summary>How a process of the system died that is not started again; null where the system lives.</summary>
    public ProcessDeath? Death { get; init; }

    /// <summary>Deaths of processes that were started again by their restart rule, while the turn went on.</summary>
    public IReadOnlyList<ProcessDeath> RestartedDeaths { get; init; } = [];

    /// <summary>Deaths of processes that were started again by their restart rule in the baseline: a system may restart its parts as a matter of course.</summary>
    public IReadOnlyList<ProcessDeath> UsualRestartedDeaths { get; init; } = [];

    /// <summary>Other processes of the system that a signal ended.</summary>
    public IReadOnlyList<ProcessDeath> ChildDeaths { get; init; } = [];

    /// <summary>Processes of the system that a signal ended in the baseline: a server may end its idle workers so.</summary>
    public IReadOnlyList<ProcessDeath> UsualChildDeaths { get; init; } = [];

    /// <summary>Why the injection gave up; null where it did not.</summary>
    public string? InjectorFailure { get; init; }

    /// <summary>The stop rule that ended the injection early; null: none.</summary>
    public StopRule? Stopped { get; init; }

    /// <summary>Events that could not be seen: a verdict over lost data is unknown.</summary>
    public long LostEvents { get; init; }

    /// <summary>Calls and packets that faults were done to, all together.</summary>
    public long Injected => Counts.Sum(c => c.Injected);

    /// <summary>Calls that met a rule, all together.</summary>
    public long Matched => Counts.Sum(c => c.Matched);
}
