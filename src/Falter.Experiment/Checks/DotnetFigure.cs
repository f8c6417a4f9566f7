using Falter.Linux.Proc;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>A figure of a role's .NET process. A probe is answered by the next one that the process tells; a session is held from the first probe on, and begun anew with another process.</summary>
internal sealed class DotnetFigure : IRuntimeFigure
{
    private readonly RuntimeCheckDefinition _definition;
    private readonly string _provider, _counter;
    private readonly SemaphoreSlim _free = new(1, 1);
    private DotnetSession? _session;
    private bool _everTold, _disposed;

    public DotnetFigure(RuntimeCheckDefinition definition)
    {
        _definition = definition;
        // Names of instruments may hold slashes, those of providers do not.
        int slash = definition.Counter.IndexOf('/');
        (_provider, _counter) = (definition.Counter[..slash], definition.Counter[(slash + 1)..]);
    }

    public async Task<ProbeResult> ProbeAsync(RoleState state, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(_definition.Timeout);
        DotnetSession? session = null;
        try
        {
            session = await SessionAsync(state, limit.Token);
            if (session is null) return Probe.Failed($"{_definition.Role} offers no diagnostics socket: it is no .NET process, or it runs with DOTNET_EnableDiagnostics=0, or its TMPDIR may not be read");
            if (await session.NextAsync(limit.Token) is not { } value) return Probe.Failed("the process ended its diagnostics session");
            _everTold = true;
            return double.IsFinite(value) ? Probe.Measured(value, _definition.Value, "") : Probe.Failed($"the figure is {value}");
        }
        catch (OperationCanceledException)
        {
            cancel.ThrowIfCancellationRequested();
            // A process that has told the figure before does not answer now. One that never did may not know it.
            return session is null || _everTold ? Probe.TimedOut(_definition.Timeout) : Probe.Failed(NeverTold(session));
        }
        catch (Exception e) when (DotnetSession.IsEndOfProcess(e))
        {
            return Probe.Failed($"the diagnostics socket of {_definition.Role} cannot be used: {e.Message}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _free.WaitAsync();
        try
        {
            _disposed = true;
            if (_session is not null) await _session.DisposeAsync();
            _session = null;
        }
        finally
        {
            _free.Release();
        }
    }

    private string NeverTold(DotnetSession session) => session.Problem ??
        $"no figure {_definition.Counter} within {Durations.Format(_definition.Timeout)}: the process has no such counter, or the time-out is too short for one that is told once a second";

    /// <summary>The session with the role's process, begun where there is none; null where none of its processes has a diagnostics socket.</summary>
    private async Task<DotnetSession?> SessionAsync(RoleState state, CancellationToken cancel)
    {
        await _free.WaitAsync(cancel);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_session is { HasEnded: false } held && state.Pids.Contains(held.Pid) && ProcessStat.Read(held.Pid)?.StartTicks == held.StartTicks) return held;
            if (_session is not null) await _session.DisposeAsync();
            _session = null;
            foreach (int pid in state.Pids)
            {
                if (RuntimeFiles.DiagnosticsSocket(pid) is not { } socket || ProcessStat.Read(pid) is not { } process) continue;
                return _session = await DotnetSession.StartAsync(socket, pid, process.StartTicks, _provider, _counter, cancel);
            }
            return null;
        }
        finally
        {
            _free.Release();
        }
    }
}
