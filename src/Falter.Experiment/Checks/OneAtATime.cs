namespace Falter.Experiment;

/// <summary>
/// Probes that compare with the probe before: one is carried out after the other. What blocks in the kernel (a file on a dead network file system) keeps its thread and holds up later probes,
/// which then end by their time-out.
/// </summary>
internal sealed class OneAtATime
{
    private readonly SemaphoreSlim _free = new(1, 1);

    /// <summary>Carries out a probe, or gives up after the time-out.</summary>
    public async Task<ProbeResult> RunAsync(Func<ProbeResult> probe, TimeSpan timeout, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(timeout);
        try
        {
            await _free.WaitAsync(limit.Token);
            return await Task.Run(() =>
            {
                try
                {
                    return probe();
                }
                finally
                {
                    _free.Release();
                }
            }, CancellationToken.None).WaitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            cancel.ThrowIfCancellationRequested();
            return Probe.TimedOut(timeout);
        }
    }
}
