using Falter.Load;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>The commands that prepare a system and clean up after it.</summary>
internal static class SystemCommand
{
    // Enough to copy a large data folder; a command that hangs must not keep a run up for ever.
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(10);

    /// <param name="name">What it is in the experiment: <c>prepare</c>.</param>
    /// <param name="command">Run by <c>sh -c</c>.</param>
    /// <param name="cancel">Kills it.</param>
    /// <exception cref="FalterException"><c>prepare-failed</c>: it did not end with status 0.</exception>
    public static async Task RunAsync(string name, string command, CancellationToken cancel)
    {
        ShellResult result = await ShellCommand.RunAsync(command, s_limit, cancel);
        if (result.ExitCode == 0) return;
        string how = result.ExitCode is { } code ? $"ended with status {code}" : $"did not end within {Durations.Format(s_limit)}";
        throw FalterException.Usage("prepare-failed", $"{name}: `{command}` {how}{(result.Output.Length > 0 ? $": {result.Output}" : "")}; expected a command that ends with status 0, try it by hand");
    }
}
