namespace Falter.Records;

/// <summary>What an experiment takes where its writer says nothing.</summary>
public static class ExperimentDefaults
{
    /// <summary>Pace of checks over HTTP and TCP.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    /// <summary>Pace of checks that are commands, queries or figures.</summary>
    public static readonly TimeSpan SlowInterval = TimeSpan.FromSeconds(1);

    /// <summary>How long a probe or a request waits for an answer.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    /// <summary>How long a command of the workload may take.</summary>
    public static readonly TimeSpan CommandTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Mean requests per second of a workload of URLs.</summary>
    public const double RatePerSecond = 200;
}
