namespace Falter.Experiment;

/// <summary>A role of the running system at one moment: what checks of processes and logs look at.</summary>
/// <param name="Role">Its name.</param>
/// <param name="Pids">Its processes, descendants included; empty where it does not run.</param>
/// <param name="Alive">Whether its first process lives.</param>
/// <param name="Restarts">How often it was started again by its restart rule since the system was started.</param>
/// <param name="LogFile">The file that holds what it writes to its standard output and error; null where it was attached to.</param>
/// <param name="LogStart">The length of that file when the role was last started, in bytes: what is before is of earlier launches.</param>
public sealed record RoleState(string Role, IReadOnlyList<int> Pids, bool Alive, int Restarts, string? LogFile, long LogStart = 0);
