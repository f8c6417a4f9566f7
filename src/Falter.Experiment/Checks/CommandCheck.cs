using System.Globalization;
using System.Text.RegularExpressions;
using Falter.Linux;
using Falter.Load;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>Passes when a command ends within the time-out with the expected exit status, and what it writes to standard output matches, or is a number within the tolerance.</summary>
public sealed class CommandCheck(CommandCheckDefinition definition) : ICheck
{
    private readonly Regex? _output = definition.Output is { } pattern ? CheckPattern.Of(pattern, definition.Timeout) : null;

    public string Name => definition.Name;
    public TimeSpan Interval => definition.Interval;
    public TimeSpan Timeout => definition.Timeout;

    public async Task<ProbeResult> ProbeAsync(CancellationToken cancel)
    {
        try
        {
            return Judge(await ShellCommand.RunAsync(definition.Command, Timeout, cancel));
        }
        catch (Exception e) when (e is LinuxException or TimeoutException)
        {
            return Probe.Failed(e is LinuxException start ? ShellCommand.Reason(start) : "cannot be ended: it is in an uninterruptible wait");
        }
    }

    private ProbeResult Judge(ShellResult result)
    {
        if (result.ExitCode is not { } code) return Probe.TimedOut(Timeout);
        string told = result.Output.Length > 0 ? $"exit {code}: {result.Output}" : $"exit {code}";
        if (code != definition.ExitCode) return Probe.Failed(told);
        if (_output is not null && CheckPattern.MismatchOf(_output, result.Text, "output") is { } mismatch) return Probe.Failed(result.Output.Length > 0 ? $"{mismatch}: {result.Output}" : mismatch);
        if (definition.Value is not { } tolerance) return new ProbeResult(Passed: true, Answered: true, $"exit {code}");
        return double.TryParse(result.Text.AsSpan().Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            ? Probe.Measured(value, tolerance, "") : Probe.Failed($"the output is no number: '{result.Output}'");
    }
}
