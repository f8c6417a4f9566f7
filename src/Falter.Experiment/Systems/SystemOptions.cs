using Falter.Linux.Undo;
using Falter.Observe;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>What a running system needs beside its definition.</summary>
public sealed record SystemOptions
{
    /// <summary>The folder that gets <c>ROLE.log</c>, what each launched role writes to its standard output and error. Made where it is not there; files are appended to.</summary>
    public required string LogFolder { get; init; }

    /// <summary>Makes a check that can be probed. It is handed definitions whose addresses are filled in. Asked only for checks of readiness.</summary>
    public required Func<SystemInstance, CheckDefinition, ICheck> CheckFor { get; init; }

    /// <summary>Seconds since the run began.</summary>
    public required Func<double> Now { get; init; }

    /// <summary>What follows a role's processes from their first instruction, or from the attaching on; null: nobody. Default: nobody.</summary>
    public Func<string, SyscallMonitor?> MonitorOf { get; init; } = _ => null;

    /// <summary>
    /// All faults that may be armed while the system runs: a mechanism that must be in place before a role's first instruction is chosen for them. Default: none; then the system is only
    /// observed, at full speed.
    /// </summary>
    public IReadOnlyList<RoleFault> Faults { get; init; } = [];

    /// <summary>The mechanism of system call rules that was asked for; null: the best for each role.</summary>
    public string? Mechanism { get; init; }

    /// <summary>
    /// Checks that must pass before the system is ready where a role has no check of its own. Default: none; then such a role is ready when it is started.
    /// </summary>
    public IReadOnlyList<CheckDefinition> Checks { get; init; } = [];

    /// <summary>How often a role is started again at most, counted anew by <see cref="SystemInstance.TakeRestartedDeaths"/>; beyond that it stays dead. Default 100.</summary>
    public int MostRestarts { get; init; } = 100;

    /// <summary>
    /// Is told what happens, by kind and text: <c>target-started</c>, <c>target-ready</c>, <c>target-died</c>, <c>target-restarted</c>, <c>target-stopped</c>, <c>note</c>. Called from any thread,
    /// one call at a time. Default: nobody.
    /// </summary>
    public Action<string, string> Happened { get; init; } = (_, _) => { };

    /// <summary>Where everything that does not end by itself with Falter is written before it is done; null: one is opened where it is needed. Stays the caller's.</summary>
    public UndoJournal? Journal { get; init; }
}
