using System.CommandLine;
using Falter.Records;

namespace Falter.Cli;

/// <summary>What a verb works on: processes that run, or a command to launch. The same for every verb.</summary>
/// <param name="Pids">Running processes, with their children and threads; empty where a command is launched.</param>
/// <param name="Command">The command to launch; null where processes are attached to.</param>
internal sealed record TargetChoice(IReadOnlyList<int> Pids, IReadOnlyList<string>? Command);

/// <summary>The target options <c>-p</c> and <c>-- COMMAND</c>.</summary>
internal sealed class TargetOptions
{
    private readonly CommandLine _commandLine;

    private readonly Option<int[]> _pid = OptionTypes.Pids("--pid", "A running process, with its threads and children (may be given several times)", "-p");

    public TargetOptions(Command verb, CommandLine commandLine)
    {
        _commandLine = commandLine;
        if (verb is Verb told) told.HasTarget = true;
        verb.Options.Add(_pid);
    }

    /// <summary>The chosen target; refuses none and both.</summary>
    public TargetChoice Read(ParseResult parsed)
    {
        int[] pids = parsed.GetValue(_pid) ?? [];
        IReadOnlyList<string>? command = _commandLine.LaunchCommand;
        if (command is { Count: 0 }) throw FalterException.Usage("no-target", "nothing after --; expected a command, for example: -- nginx -g 'daemon off;'");
        if (pids.Length == 0 && command is null)
        {
            throw FalterException.Usage("no-target", "no target; give a running process with -p PID, or a command to launch: -- nginx -g 'daemon off;'");
        }
        if (pids.Length > 0 && command is not null) throw FalterException.Usage("no-target", "two targets: give -p PID or -- COMMAND, not both");
        return new TargetChoice(pids, command);
    }
}
