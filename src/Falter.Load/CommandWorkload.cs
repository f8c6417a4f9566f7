using Falter.Linux;

namespace Falter.Load;

/// <summary>A workload that runs a command again and again, one run after the other in each of its loops; each run is one request.</summary>
/// <param name="command">Run by <c>sh -c</c>.</param>
/// <param name="timeout">A run that takes longer is ended and counts as <c>timeout</c>.</param>
/// <param name="time">The clock.</param>
public sealed class CommandWorkload(string command, TimeSpan timeout, TimeProvider time) : IWorkload
{
    // A command that fails at once (no such file, refused connection) must not spin.
    private static readonly TimeSpan s_shortestRun = TimeSpan.FromMilliseconds(20);

    public IReadOnlyList<string> Requests { get; } = [command];
    public double? Rate => null;

    /// <summary>Between the end of a run and the begin of the next. Default: none.</summary>
    public TimeSpan Pause { get; init; }

    /// <summary>How many loops run side by side, each with the variable <c>FALTER_LOOP</c> from 0. Default 1.</summary>
    public int Parallel { get; init; } = 1;

    public Task RunAsync(Action<CompletedRequest> completed, CancellationToken cancel) =>
        Task.WhenAll(Enumerable.Range(0, Parallel).Select(loop => LoopAsync(loop, completed, cancel)));

    private async Task LoopAsync(int loop, Action<CompletedRequest> completed, CancellationToken cancel)
    {
        var environment = new Dictionary<string, string?>(StringComparer.Ordinal) { ["FALTER_LOOP"] = loop.ToString() };
        while (!cancel.IsCancellationRequested)
        {
            long start = time.GetTimestamp();
            try
            {
                string outcome = await OutcomeAsync(environment, cancel);
                TimeSpan taken = time.GetElapsedTime(start);
                completed(new CompletedRequest(start, command, outcome, taken, TimeSpan.Zero));
                TimeSpan rest = s_shortestRun - taken;
                TimeSpan pause = Pause > rest ? Pause : rest;
                if (pause > TimeSpan.Zero) await Task.Delay(pause, time, cancel);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                // A run that is cut off by the end of the workload says nothing of the target.
            }
        }
    }

    private async Task<string> OutcomeAsync(Dictionary<string, string?> environment, CancellationToken cancel)
    {
        try
        {
            ShellResult result = await ShellCommand.RunAsync(command, timeout, cancel, environment);
            return result.ExitCode is { } code ? $"exit {code}" : "timeout";
        }
        catch (LinuxException)
        {
            return "not-started";
        }
    }
}
