namespace Falter.Experiment;

/// <summary>Probes one check at its own pace, whether the last probe has been answered or not: a target that hangs must not slow its checks down.</summary>
internal sealed class CheckLoop(ICheck check, TimeProvider time, Action<ICheck, long, ProbeResult> done)
{
    // Beyond this many unanswered probes no more are begun: their time-outs already say that nothing is answered.
    private const int MostUnderWay = 16;

    private readonly List<Task> _underWay = [];

    /// <summary>
    /// Runs until cancelled; probes under way are cancelled too and not reported. Ends early, with its exception, where a probe could not be made or
    /// written down: without probes a target would seem to be unobserved at best.
    /// </summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(check.Interval, time);
        try
        {
            do
            {
                foreach (Task ended in _underWay.Where(p => p.IsCompleted).ToList())
                {
                    _underWay.Remove(ended);
                    await ended;
                }
                if (_underWay.Count < MostUnderWay) _underWay.Add(Task.Run(() => ProbeAsync(cancel), CancellationToken.None));
            }
            while (await timer.WaitForNextTickAsync(cancel));
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The end of the run. What is under way ends at once, and writes nothing after this.
            await Task.WhenAll(_underWay);
        }
    }

    private async Task ProbeAsync(CancellationToken cancel)
    {
        long begin = time.GetTimestamp();
        try
        {
            ProbeResult result = await check.ProbeAsync(cancel);
            done(check, begin, result);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // Cut off by the end of the run: says nothing of the target.
        }
    }
}
