namespace Falter.Records;

/// <summary>A range that a number must lie in, both ends included; null: no bound.</summary>
public readonly record struct Tolerance(double? Least, double? Most)
{
    public bool Holds(double value) => !(value < Least) && !(value > Most) && !double.IsNaN(value);
}

/// <summary>A probe of a system with a tolerance.</summary>
public abstract record CheckDefinition
{
    /// <summary>Unique among the experiment's checks. Default: what it asks.</summary>
    public required string Name { get; init; }

    /// <summary>Pace of the probes, whether the last was answered or not. Default 200 ms; for commands, queries and figures 1 s.</summary>
    public required TimeSpan Interval { get; init; }

    /// <summary>How long a probe waits for an answer. Default 2 s.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>What it asks, in few words: its name where it was given none.</summary>
    public abstract string Asks { get; }
}

/// <summary>A GET on a connection of its own.</summary>
public sealed record HttpCheckDefinition : CheckDefinition
{
    public required string Url { get; init; }

    /// <summary>Statuses that pass. Default 200 to 399.</summary>
    public Tolerance Status { get; init; } = new(200, 399);

    /// <summary>A regular expression that the body must match; null: any body.</summary>
    public string? Body { get; init; }

    public override string Asks => Url;
}

/// <summary>A TCP connection to <c>HOST:PORT</c>.</summary>
public sealed record TcpCheckDefinition : CheckDefinition
{
    public required string Address { get; init; }

    public override string Asks => Address;
}

/// <summary>A command, run by <c>sh -c</c>.</summary>
public sealed record CommandCheckDefinition : CheckDefinition
{
    public required string Command { get; init; }

    /// <summary>Exit status that passes. Default 0.</summary>
    public int ExitCode { get; init; }

    /// <summary>A regular expression that the output must match; null: any output.</summary>
    public string? Output { get; init; }

    /// <summary>The output is a number that must lie in it; null: it is not asked.</summary>
    public Tolerance? Value { get; init; }

    public override string Asks => Command;
}

/// <summary>An instant query to a Prometheus server, of one number.</summary>
public sealed record PrometheusCheckDefinition : CheckDefinition
{
    /// <summary>The server: <c>http://127.0.0.1:9090</c>.</summary>
    public required string Url { get; init; }

    public required string Query { get; init; }
    public required Tolerance Value { get; init; }

    public override string Asks => Query;
}

/// <summary>Lines that a role writes.</summary>
public sealed record LogCheckDefinition : CheckDefinition
{
    public required string Role { get; init; }

    /// <summary>A regular expression of one line.</summary>
    public required string Pattern { get; init; }

    /// <summary>The log's file; null: what the role writes to its standard output and error.</summary>
    public string? File { get; init; }

    /// <summary>How many matching lines per probe are within the tolerance. Default: none.</summary>
    public Tolerance Lines { get; init; } = new(null, 0);

    public override string Asks => $"{Role} log {Pattern}";
}

/// <summary>What is measured of processes.</summary>
public enum ProcessMeasure
{
    /// <summary>1 while the role's process lives, 0 when it does not.</summary>
    Alive,

    /// <summary>How often it was started again.</summary>
    Restarts,

    /// <summary>Processors in use, of all its processes: 1.5 is one and a half.</summary>
    Cpu,

    /// <summary>Resident memory of all its processes, in bytes.</summary>
    Memory,

    /// <summary>Threads of all its processes.</summary>
    Threads,

    /// <summary>Open descriptors of all its processes.</summary>
    Descriptors,
}

/// <summary>A figure of a role's processes.</summary>
public sealed record ProcessCheckDefinition : CheckDefinition
{
    public required string Role { get; init; }
    public required ProcessMeasure Measure { get; init; }

    /// <summary>Default: alive must be 1, everything else may be anything and is only compared with the baseline.</summary>
    public Tolerance Value { get; init; }

    public override string Asks => $"{Role} {Words.Of(Measure)}";
}

/// <summary>A figure that a role's language runtime offers: a .NET event counter or meter, or a performance counter of a JVM.</summary>
public sealed record RuntimeCheckDefinition : CheckDefinition
{
    public required string Role { get; init; }

    /// <summary>Its name: <c>System.Runtime/gc-heap-size</c>, <c>java.threads.live</c>.</summary>
    public required string Counter { get; init; }

    /// <summary>Default: anything; it is only compared with the baseline.</summary>
    public Tolerance Value { get; init; }

    public override string Asks => $"{Role} {Counter}";
}
