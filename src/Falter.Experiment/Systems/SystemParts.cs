using Falter.Linux.Network;
using Falter.Linux.Undo;
using Falter.Model;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>What the roles of one running system share.</summary>
internal sealed record SystemParts
{
    public required SystemOptions Options { get; init; }

    /// <summary>Fills addresses in.</summary>
    public required Func<string, string> Resolve { get; init; }

    /// <summary>Null where nothing that the system may be asked for outlives Falter.</summary>
    public UndoJournal? Journal { get; init; }

    /// <summary>Null where the roles are in the host's network.</summary>
    public PrivateNetwork? Network { get; init; }

    /// <summary>Is told what happens.</summary>
    public required Action<string, string> Happened { get; init; }

    /// <summary>Is told of a role's end for good.</summary>
    public required Action<ProcessDeath> Died { get; init; }

    /// <summary>Is told of the end of a process that is about to be started again. False: it has been started too often, and stays dead.</summary>
    public required Func<string, ProcessDeath, bool> MayRestart { get; init; }

    /// <summary>The faults that may be armed on a role.</summary>
    public IReadOnlyList<Fault> FaultsOf(string role) => [.. Options.Faults.Where(f => f.Role is null || f.Role == role).Select(f => f.Fault).Distinct()];
}
