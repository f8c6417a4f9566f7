using Falter.Records;

namespace Falter.Experiment;

/// <summary>Makes checks of what an experiment says.</summary>
public static class Checks
{
    /// <summary>The check of a definition. It is the caller's to end: <see cref="EndAsync"/>.</summary>
    /// <param name="definition">Validated: URLs are absolute, patterns are regular expressions; addresses are resolved.</param>
    /// <param name="stateOf">What a role is at this moment; asked at each probe that looks at processes or logs, from any thread.</param>
    /// <param name="time">The clock of figures that are per second. Default: the system's.</param>
    public static ICheck Of(CheckDefinition definition, Func<string, RoleState> stateOf, TimeProvider? time = null) => definition switch
    {
        HttpCheckDefinition http => new HttpCheck(http),
        TcpCheckDefinition tcp => new TcpCheck(tcp),
        CommandCheckDefinition command => new CommandCheck(command),
        PrometheusCheckDefinition prometheus => new PrometheusCheck(prometheus),
        LogCheckDefinition log => new LogCheck(log, stateOf),
        ProcessCheckDefinition process => new ProcessCheck(process, stateOf, time ?? TimeProvider.System),
        RuntimeCheckDefinition runtime => new RuntimeCheck(runtime, stateOf, time ?? TimeProvider.System),
        _ => throw new ArgumentException($"no such check: {definition.GetType().Name}", nameof(definition)),
    };

    /// <summary>Closes what checks hold open: connections, files, diagnostics sessions. After their last probes.</summary>
    public static async ValueTask EndAsync(IEnumerable<ICheck> checks)
    {
        foreach (ICheck check in checks)
        {
            if (check is IAsyncDisposable session) await session.DisposeAsync();
            else (check as IDisposable)?.Dispose();
        }
    }
}
