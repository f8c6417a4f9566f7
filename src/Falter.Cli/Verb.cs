using System.CommandLine;

namespace Falter.Cli;

/// <summary>A verb with what its help tells beyond its options.</summary>
/// <param name="name">The word on the command line.</param>
/// <param name="summary">What it does, in one sentence without a full stop.</param>
internal sealed class Verb(string name, string summary) : Command(name, summary)
{
    /// <summary>What else a user must know before the first use, in whole sentences; empty where there is nothing.</summary>
    public string Details { get; init; } = "";

    /// <summary>A complete command line that works as it stands on a machine with the programs that it names.</summary>
    public required string Example { get; init; }

    /// <summary>The words on the command line that lead to it: <c>models diff</c>.</summary>
    public string Path => string.Join(' ', Parents.OfType<Verb>().Select(p => p.Name).Append(Name));

    /// <summary>Whether it works on a target: <c>-p PID</c> or <c>-- COMMAND</c>.</summary>
    public bool HasTarget { get; set; }
}
