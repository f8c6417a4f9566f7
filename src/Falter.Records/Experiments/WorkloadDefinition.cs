namespace Falter.Records;

/// <summary>What drives a system.</summary>
public abstract record WorkloadDefinition
{
    /// <summary>After this, a request or step without an answer has failed. Default 2 s; for commands 10 s.</summary>
    public required TimeSpan Timeout { get; init; }
}

/// <summary>GET requests of an open loop: sent by a schedule, whatever the system does.</summary>
public sealed record HttpWorkloadDefinition : WorkloadDefinition
{
    /// <summary>What is requested, at least one; each arrival takes one of them by chance.</summary>
    public required IReadOnlyList<string> Urls { get; init; }

    /// <summary>Mean requests per second, of Poisson arrivals. Default 200.</summary>
    public required double RatePerSecond { get; init; }
}

/// <summary>A command, run by <c>sh -c</c> again and again, one run after the other.</summary>
public sealed record CommandWorkloadDefinition : WorkloadDefinition
{
    public required string Command { get; init; }

    /// <summary>Pause between two runs. Default: none.</summary>
    public TimeSpan Pause { get; init; }

    /// <summary>How many loops run side by side. Default 1.</summary>
    public int Parallel { get; init; } = 1;
}

/// <summary>
/// Rounds as a mail user makes them: send, wait, fetch, validate. Each part is a command, run by <c>sh -c</c> with the round's number in <c>FALTER_ROUND</c> and a folder that lives for the
/// round in <c>FALTER_ROUND_FOLDER</c>; the first that fails ends the round, and names its outcome: <c>success</c>, <c>send-failed</c>, <c>fetch-failed</c>, <c>validation-failed</c>.
/// </summary>
public sealed record RoundWorkloadDefinition : WorkloadDefinition
{
    public required string Send { get; init; }

    /// <summary>Between sending and fetching. Default: none.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>Null: nothing is fetched.</summary>
    public string? Fetch { get; init; }

    /// <summary>Null: what was fetched is right.</summary>
    public string? Validate { get; init; }

    /// <summary>Between two rounds. Default: none.</summary>
    public TimeSpan Pause { get; init; }
}
