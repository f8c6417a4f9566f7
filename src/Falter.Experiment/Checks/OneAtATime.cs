namespace Falter.Experiment;

/// <summary>
/// Probes that compare with the probe before: one is carried out after the other. What blocks in the kernel (a file on a dead network file system) keeps its thread and holds up later probes,
/// which then end by their time-out.
/// </summary>
#pragma warning disable CA1001 // The semaphore holds nothing of the system: nobody asks for its wait handle.
internal sealed class OneAtATime
#pragma warning restore CA1001
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
