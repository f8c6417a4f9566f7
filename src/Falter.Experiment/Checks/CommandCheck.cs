using Falter.Load;

namespace Falter.Experiment;

/// <summary>Passes when a command ends with status 0 within the time-out.</summary>
/// <param name="command">Run by <c>sh -c</c>.</param>
/// <param name="timeout">After this, the command is ended and the probe has failed without an answer.</param>
public sealed class CommandCheck(string command, TimeSpan timeout) : ICheck
{
    public string Name => command;
    public TimeSpan Timeout => timeout;

    public async Task<ProbeResult> ProbeAsync(CancellationToken cancel)
    {
        ShellResult result = await ShellCommand.RunAsync(command, timeout, cancel);
        return result.ExitCode switch
        {
            0 => new ProbeResult(Passed: true, Answered: true, "exit 0"),
            null => new ProbeResult(Passed: false, Answered: false, $"timeout after {Records.Durations.Format(timeout)}"),
            { } code => new ProbeResult(Passed: false, Answered: true, result.Output.Length > 0 ? $"exit {code}: {result.Output}" : $"exit {code}"),
        };
    }
}
