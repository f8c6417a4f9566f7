using System.Text.RegularExpressions;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>Counts the lines of a role's log that match and were written since the last probe; passes when their number is within the tolerance.</summary>
public sealed class LogCheck(LogCheckDefinition definition, Func<string, RoleState> stateOf) : ICheck, IDisposable
{
    private readonly Regex _pattern = CheckPattern.Of(definition.Pattern, definition.Timeout);
    private readonly OneAtATime _order = new();
    private readonly LogTail _tail = new();

    public string Name => definition.Name;
    public TimeSpan Interval => definition.Interval;
    public TimeSpan Timeout => definition.Timeout;

    public Task<ProbeResult> ProbeAsync(CancellationToken cancel) => _order.RunAsync(Count, Timeout, cancel);

    public void Dispose() => _tail.Dispose();

    private ProbeResult Count()
    {
        string? path = definition.File;
        long? begin = null;
        if (path is null)
        {
            // Of what Falter itself redirects, the begin of this launch is known.
            RoleState state = stateOf(definition.Role);
            (path, begin) = (state.LogFile, state.LogStart);
        }
        if (path is null)
        {
            return Probe.Failed($"{definition.Role} was not started by Falter, so what it writes is not known; name its log: file: /var/log/…");
        }
        try
        {
            int count = 0;
            string? last = null;
            foreach (string line in _tail.ReadNew(path, begin))
            {
                if (!_pattern.IsMatch(line)) continue;
                count++;
                last = line;
            }
            ProbeResult result = Probe.Measured(count, definition.Lines, count == 1 ? " line" : " lines");
            return last is null ? result : result with { Detail = Probe.Cut($"{result.Detail}: {last}") };
        }
        catch (RegexMatchTimeoutException)
        {
            return Probe.Failed($"matching a line with '{definition.Pattern}' took too long");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            return Probe.Failed($"the log cannot be read: {e.Message}");
        }
    }
}
