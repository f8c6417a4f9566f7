namespace Falter.Experiment;

/// <summary>Probes one check at a fixed pace, whether the last probe has been answered or not: a target that hangs must not slow its checks down.</summary>
internal sealed class CheckLoop(ICheck check, TimeSpan interval, TimeProvider time, Action<ICheck, long, ProbeResult> done)
{
    // Beyond this many unanswered probes no more are begun: their time-outs already say that nothing is answered.
    private const int MostUnderWay = 16;

    private int _underWay;

    /// <summary>Runs until cancelled; then waits for nothing: probes under way are cancelled too and not reported.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(interval, time);
        try
        {
            do
            {
                if (Volatile.Read(ref _underWay) >= MostUnderWay) continue;
                Interlocked.Increment(ref _underWay);
                _ = Task.Run(() => ProbeAsync(cancel), CancellationToken.None);
            }
            while (await timer.WaitForNextTickAsync(cancel));
        }
        catch (OperationCanceledException)
        {
            // The end of the run.
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
        catch (OperationCanceledException)
        {
            // Cut off by the end of the run: says nothing of the target.
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }
}
