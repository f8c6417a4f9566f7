namespace Falter.Load;

/// <summary>A workload that runs a command again and again, one round after the other; each round is one request.</summary>
/// <param name="command">Run by <c>sh -c</c>.</param>
/// <param name="timeout">A round that takes longer is ended and counts as <c>timeout</c>.</param>
/// <param name="time">The clock.</param>
public sealed class CommandWorkload(string command, TimeSpan timeout, TimeProvider time) : IWorkload
{
    // A command that fails at once (no such file, refused connection) must not spin.
    private static readonly TimeSpan s_shortestRound = TimeSpan.FromMilliseconds(20);

    public IReadOnlyList<string> Requests { get; } = [command];
    public double? Rate => null;

    public async Task RunAsync(Action<CompletedRequest> completed, CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            long start = time.GetTimestamp();
            try
            {
                ShellResult result = await ShellCommand.RunAsync(command, timeout, cancel);
                TimeSpan taken = time.GetElapsedTime(start);
                completed(new CompletedRequest(start, command, result.ExitCode is { } code ? $"exit {code}" : "timeout", taken, TimeSpan.Zero));
                if (taken < s_shortestRound) await Task.Delay(s_shortestRound - taken, time, cancel);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                // A round that is cut off by the end of the workload says nothing of the target.
            }
        }
    }
}
