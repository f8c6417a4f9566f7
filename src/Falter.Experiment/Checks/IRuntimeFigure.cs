namespace Falter.Experiment;

/// <summary>A figure that a language runtime offers.</summary>
internal interface IRuntimeFigure : IAsyncDisposable
{
    /// <summary>As <see cref="ICheck.ProbeAsync"/>.</summary>
    Task<ProbeResult> ProbeAsync(RoleState state, CancellationToken cancel);
}
