using Falter.Inject;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>A role of a running system, and what is done to it.</summary>
internal abstract class RunningRole(ProcessDefinition definition, SystemParts parts) : IAsyncDisposable
{
    public ProcessDefinition Definition => definition;

    public string Name => definition.Role;

    /// <summary>Its first processes at this moment; empty where it does not run.</summary>
    public abstract IReadOnlyList<int> Roots { get; }

    /// <summary>Whether its first process lives.</summary>
    public abstract bool Alive { get; }

    /// <summary>How often it was started again.</summary>
    public virtual int Restarts => 0;

    /// <summary>What it writes; null where that is not known.</summary>
    public virtual string? LogFile => null;

    /// <summary>How long that file was when the role was last started, in bytes.</summary>
    public virtual long LogStart => 0;

    /// <summary>What its rules do; usable from the start on, where rules were foreseen.</summary>
    public RoleInjection Injection { get; } = new();

    /// <summary>How its calls are acted on; null where that was not foreseen.</summary>
    public MechanismChoice? Choice { get; protected set; }

    /// <summary>What faults of processes, networks and containers are armed on.</summary>
    public abstract FaultTargets Targets { get; }

    /// <summary>The rules that may be armed on it.</summary>
    protected IReadOnlyList<SyscallFault> Rules { get; } = [.. parts.FaultsOf(definition.Role).OfType<SyscallFault>()];

    protected SystemParts Parts => parts;

    /// <summary>Starts it, or takes hold of it.</summary>
    public abstract Task StartAsync(CancellationToken cancel);

    /// <summary>Ends it, or lets it go. Does nothing where it was not started.</summary>
    public abstract ValueTask DisposeAsync();

    /// <summary>Whether a process without a living parent of its own is one of this role's all the same.</summary>
    public virtual bool OwnsOrphan(Linux.Proc.ProcessStat orphan) => false;

    /// <summary>Its roots, asked anew each time: a fault that begins later finds the process that lives then.</summary>
    protected IReadOnlyList<int> LivingRoots => new RootsNow(this);

    private sealed class RootsNow(RunningRole role) : IReadOnlyList<int>
    {
        public int Count => role.Roots.Count;
        public int this[int index] => role.Roots[index];
        public IEnumerator<int> GetEnumerator() => role.Roots.GetEnumerator();
        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
