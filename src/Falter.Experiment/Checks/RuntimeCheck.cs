using Falter.Records;

namespace Falter.Experiment;

/// <summary>
/// Reads a figure that a role's language runtime offers: <c>PROVIDER/COUNTER</c> of a .NET process, by its diagnostics socket; any other name of a JVM, by its performance counters. Passes when it
/// is within the tolerance.
/// </summary>
public sealed class RuntimeCheck : ICheck, IAsyncDisposable, IDisposable
{
    private readonly RuntimeCheckDefinition _definition;
    private readonly Func<string, RoleState> _stateOf;
    private readonly IRuntimeFigure _figure;

    public RuntimeCheck(RuntimeCheckDefinition definition, Func<string, RoleState> stateOf, TimeProvider time)
    {
        _definition = definition;
        _stateOf = stateOf;
        _figure = definition.Counter.Contains('/') ? new DotnetFigure(definition) : new JvmFigure(definition, time);
    }

    public string Name => _definition.Name;
    public TimeSpan Interval => _definition.Interval;
    public TimeSpan Timeout => _definition.Timeout;

    public async Task<ProbeResult> ProbeAsync(CancellationToken cancel)
    {
        RoleState state = _stateOf(_definition.Role);
        return state.Pids.Count == 0 ? Probe.Failed($"{_definition.Role} does not run") : await _figure.ProbeAsync(state, cancel);
    }

    public ValueTask DisposeAsync() => _figure.DisposeAsync();

    /// <summary>The same, for callers that cannot wait: takes a second at most where the process stands still.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();
}
