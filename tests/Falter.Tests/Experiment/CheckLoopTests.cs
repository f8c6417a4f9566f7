using Falter.Experiment;

namespace Falter.Tests.Experiment;

public class CheckLoopTests
{
    private static readonly TimeSpan s_pace = TimeSpan.FromMilliseconds(10), s_patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Probes_keep_their_pace_while_none_is_answered_and_nothing_is_reported_after_the_end()
    {
        var check = new EndlessCheck();
        int reported = 0;
        using var stop = new CancellationTokenSource();
        Task loop = new CheckLoop(check, TimeProvider.System, (_, _, _) => Interlocked.Increment(ref reported)).RunAsync(stop.Token);
        await check.FiveBegun.Task.WaitAsync(s_patience, TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        await loop.WaitAsync(s_patience, TestContext.Current.CancellationToken);
        Assert.Equal(check.Begun, check.Ended);
        Assert.Equal(0, reported);
    }

    [Fact]
    public async Task A_probe_that_cannot_be_written_down_ends_the_loop_with_its_reason()
    {
        using var stop = new CancellationTokenSource();
        Task loop = new CheckLoop(new PassingCheck(), TimeProvider.System, (_, _, _) => throw new IOException("No space left on device")).RunAsync(stop.Token);
        IOException failure = await Assert.ThrowsAsync<IOException>(() => loop.WaitAsync(s_patience, TestContext.Current.CancellationToken));
        Assert.Contains("No space", failure.Message);
    }

    private sealed class PassingCheck : ICheck
    {
        public string Name => "passing";
        public TimeSpan Interval => s_pace;
        public TimeSpan Timeout => s_patience;
        public Task<ProbeResult> ProbeAsync(CancellationToken cancel) => Task.FromResult(new ProbeResult(Passed: true, Answered: true, "200"));
    }

    private sealed class EndlessCheck : ICheck
    {
        private int _begun, _ended;

        public string Name => "endless";
        public TimeSpan Interval => s_pace;
        public TimeSpan Timeout => s_patience;
        public int Begun => Volatile.Read(ref _begun);
        public int Ended => Volatile.Read(ref _ended);
        public TaskCompletionSource FiveBegun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task<ProbeResult> ProbeAsync(CancellationToken cancel)
        {
            if (Interlocked.Increment(ref _begun) == 5) FiveBegun.SetResult();
            try
            {
                await Task.Delay(Timeout, cancel);
                return default;
            }
            finally
            {
                Interlocked.Increment(ref _ended);
            }
        }
    }
}
