using Falter.Load;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>What <c>falter assess</c> is to do. Validated before it is made; nothing in it changes afterwards.</summary>
public sealed record Assessment
{
    /// <summary>The command to launch; null where <see cref="Pids"/> are attached to.</summary>
    public required IReadOnlyList<string>? Command { get; init; }

    /// <summary>The running processes; empty where a command is launched.</summary>
    public required IReadOnlyList<int> Pids { get; init; }

    /// <summary>The target's short name.</summary>
    public required string TargetName { get; init; }

    /// <summary>How health is told, at least one. The assessment owns nothing: who made them disposes of them.</summary>
    public required IReadOnlyList<ICheck> Checks { get; init; }

    /// <summary>What drives the target; null where something else does.</summary>
    public IWorkload? Workload { get; init; }

    /// <summary>Seed of every chance in the run.</summary>
    public required ulong Seed { get; init; }

    /// <summary>How long the target may take until every check passes. Default 30 s.</summary>
    public TimeSpan ReadyTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Load before anything is measured. Default 3 s.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Length of the observation of natural errors. Default 30 s.</summary>
    public TimeSpan Observe { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Length of one interval of the observation: error rates are taken per interval. Default 1 s.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Length of the steady state that each plan is compared with. Default 20 s.</summary>
    public TimeSpan Baseline { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long each model is injected. Default 20 s.</summary>
    public TimeSpan Inject { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long the target may take to recover before it is inspected. Default 10 s.</summary>
    public TimeSpan Recover { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Pace of the checks. Default 200 ms.</summary>
    public TimeSpan CheckInterval { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The most models that are tried. Default 10.</summary>
    public int MaxModels { get; init; } = 10;
}
