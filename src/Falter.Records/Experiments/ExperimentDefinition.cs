namespace Falter.Records;

/// <summary>In which order the fault plans of an experiment are run.</summary>
public enum PlanOrder
{
    /// <summary>As they stand in the file, natural error models first.</summary>
    AsWritten,

    /// <summary>Shuffled by the seed, all repetitions of all plans together: what drifts while an experiment runs does not follow the plans.</summary>
    Random,
}

/// <summary>Where an experiment's faults come from.</summary>
public enum FaultStrategy
{
    /// <summary>Natural errors, amplified.</summary>
    Realistic,

    /// <summary>As many faults, chosen at random among the calls that the system makes and the errnos that exist: what realism is compared with.</summary>
    Random,
}

/// <summary>
/// An experiment: a system, what drives it, how its health is told, what is done to it, and when. Pure data: what a file of <c>version: 1</c> says, with its defaults filled in. Validated before it is
/// made; nothing in it changes afterwards.
/// </summary>
public sealed record ExperimentDefinition
{
    /// <summary>A short name, part of the run folder's: letters, digits, <c>.</c>, <c>_</c> and <c>-</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What the experiment is for, in the words of its writer. Default: nothing.</summary>
    public string Description { get; init; } = "";

    public required SystemDefinition System { get; init; }

    /// <summary>What drives the system; empty where something else does. Several run side by side.</summary>
    public IReadOnlyList<WorkloadDefinition> Workloads { get; init; } = [];

    /// <summary>How health is told, at least one.</summary>
    public required IReadOnlyList<CheckDefinition> Checks { get; init; }

    public required FaultsDefinition Faults { get; init; }

    public PhaseLengths Phases { get; init; } = new();

    /// <summary>When to end early. Default: never.</summary>
    public IReadOnlyList<StopRule> StopRules { get; init; } = [];

    /// <summary>How often each fault plan is run. Default 1.</summary>
    public int Repetitions { get; init; } = 1;

    /// <summary>Default: as written.</summary>
    public PlanOrder Order { get; init; } = PlanOrder.AsWritten;

    /// <summary>Whether the system goes on from plan to plan as long as it is well, instead of being built anew. Default: anew. A system that is attached to goes on always.</summary>
    public bool Keep { get; init; }

    /// <summary>Seed of every chance in the run; null: a new one for each run.</summary>
    public ulong? Seed { get; init; }

    /// <summary>The mildest verdict that ends with exit code 1. Default: corrupted.</summary>
    public Verdict FailOn { get; init; } = Verdict.Corrupted;
}

/// <summary>The lengths of an experiment's phases.</summary>
public sealed record PhaseLengths
{
    /// <summary>Load before anything is measured. Default 3 s.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Observation of natural errors, where the fault plans come from them. Default 30 s.</summary>
    public TimeSpan Observe { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>One interval of the observation: error rates are taken per interval. Default 1 s.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The steady state that a plan is compared with. Default 20 s.</summary>
    public TimeSpan Baseline { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a plan's faults are armed. Default 20 s.</summary>
    public TimeSpan Inject { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long the system may take to recover before it is inspected. Default 10 s.</summary>
    public TimeSpan Recover { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The inspection after recovery, with nothing injected; null: as long as ten probes of each check take.</summary>
    public TimeSpan? Inspect { get; init; }
}

/// <summary>Ends a phase or the run where a check says so: the faults are undone first.</summary>
/// <param name="Check">The check's name.</param>
/// <param name="FailingFor">How long it must have failed without a pass between.</param>
/// <param name="EndsRun">Whether the run ends, and not only the injection of this plan.</param>
public sealed record StopRule(string Check, TimeSpan FailingFor, bool EndsRun);
