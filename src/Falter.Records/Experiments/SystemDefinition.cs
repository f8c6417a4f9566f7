namespace Falter.Records;

/// <summary>Where the processes of a system meet.</summary>
public enum NetworkLayout
{
    /// <summary>The network that Falter itself is in: loopback and whatever else there is.</summary>
    Host,

    /// <summary>One network namespace for each role, on a private bridge; Falter, workload and checks are on the bridge too.</summary>
    Private,
}

/// <summary>The processes under test.</summary>
public sealed record SystemDefinition
{
    /// <summary>Default: the host's.</summary>
    public NetworkLayout Network { get; init; } = NetworkLayout.Host;

    /// <summary>At least one. Started in their order, each after those that it names; all launched, or all attached to.</summary>
    public required IReadOnlyList<ProcessDefinition> Processes { get; init; }

    /// <summary>Run by <c>sh -c</c> before the processes are started, each time: makes a clean data folder. Default: nothing.</summary>
    public string? Prepare { get; init; }

    /// <summary>Run by <c>sh -c</c> after the processes were stopped, each time. Default: nothing.</summary>
    public string? CleanUp { get; init; }
}

/// <summary>When a process that ended by itself is started again.</summary>
public enum RestartRule
{
    /// <summary>Its end is the end of the system.</summary>
    Never,

    /// <summary>Where it ended otherwise than with status 0.</summary>
    OnFailure,

    Always,
}

/// <summary>One role of a system: a command that is launched, or processes that run already.</summary>
public sealed record ProcessDefinition
{
    /// <summary>The process's stable name: letters, digits, <c>_</c> and <c>-</c>.</summary>
    public required string Role { get; init; }

    /// <summary>The command and its arguments; null where <see cref="Attach"/> is given.</summary>
    public IReadOnlyList<string>? Command { get; init; }

    /// <summary>The processes that run already; null where <see cref="Command"/> is given.</summary>
    public AttachedProcesses? Attach { get; init; }

    /// <summary>Variables that extend or replace Falter's own.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The folder that it starts in; null: Falter's own.</summary>
    public string? Folder { get; init; }

    /// <summary>A check that tells when it is ready; null: all checks of the experiment must pass.</summary>
    public CheckDefinition? Ready { get; init; }

    /// <summary>How long it may take until it is ready. Default 30 s.</summary>
    public TimeSpan ReadyTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Roles that must be ready before it is started.</summary>
    public IReadOnlyList<string> After { get; init; } = [];

    /// <summary>Default: never.</summary>
    public RestartRule Restart { get; init; } = RestartRule.Never;

    /// <summary>What asks it to end. Default SIGTERM.</summary>
    public Signal StopSignal { get; init; } = new(15);

    /// <summary>How long it may take to end before it is killed. Default 5 s.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>Processes that run already; exactly one is given.</summary>
/// <param name="Pid">A process, with its descendants.</param>
/// <param name="Name">A command or program name: all its processes.</param>
/// <param name="Cgroup">A control group's path.</param>
/// <param name="Container">A container's id or name.</param>
public sealed record AttachedProcesses(int? Pid = null, string? Name = null, string? Cgroup = null, string? Container = null);
