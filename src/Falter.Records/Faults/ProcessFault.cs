namespace Falter.Records;

/// <summary>What is done to processes.</summary>
public enum ProcessAction
{
    /// <summary>They get a signal, once; SIGKILL is <c>process:kill</c>.</summary>
    Signal,

    /// <summary>They stand still: by the freezer of their control group, else by SIGSTOP.</summary>
    Pause,

    /// <summary>They get a share of the processors' time.</summary>
    Cpu,

    /// <summary>They get a limit of memory.</summary>
    Memory,
}

/// <summary>A fault of whole processes: <c>process:pause:after=5s:for=10s</c>.</summary>
public sealed record ProcessFault : Fault
{
    public required ProcessAction Action { get; init; }

    /// <summary>The signal of <see cref="ProcessAction.Signal"/>.</summary>
    public Signal? Signal { get; init; }

    /// <summary>The share of <see cref="ProcessAction.Cpu"/>: 1 is one processor. Above 0.</summary>
    public double? Cpus { get; init; }

    /// <summary>The limit of <see cref="ProcessAction.Memory"/>, in bytes, of all processes together.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Names of the processes meant; empty: all of the target.</summary>
    public IReadOnlyList<Glob> Processes { get; init; } = [];

    /// <summary>The fault in the rule language.</summary>
    public override string ToString() => FaultText.Of(this);
}
