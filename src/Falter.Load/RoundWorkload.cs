using System.Globalization;
using Falter.Linux;
using Falter.Records;

namespace Falter.Load;

/// <summary>
/// Rounds as a mail user makes them: send, wait, fetch, validate; each round is one request. The first part that fails ends the round and names its outcome: <c>success</c>,
/// <c>send-failed</c>, <c>send-timeout</c>, <c>send-not-started</c>, and the same of <c>fetch</c> and <c>validation</c>.
/// </summary>
/// <param name="definition">What a round is made of.</param>
/// <param name="time">The clock.</param>
public sealed class RoundWorkload(RoundWorkloadDefinition definition, TimeProvider time) : IWorkload
{
    // A server that refuses at once must not be asked in a circle.
    private static readonly TimeSpan s_shortestRound = TimeSpan.FromMilliseconds(20);

    private static long s_rounds;

    public IReadOnlyList<string> Requests { get; } = [.. new[] { definition.Send, definition.Fetch, definition.Validate }.OfType<string>()];
    public double? Rate => null;

    public async Task RunAsync(Action<CompletedRequest> completed, CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            long start = time.GetTimestamp();
            try
            {
                string outcome = await RoundAsync(cancel);
                TimeSpan taken = time.GetElapsedTime(start);
                // The pause that a round is made of is no time that the target took.
                TimeSpan latency = outcome.StartsWith("send", StringComparison.Ordinal) || taken < definition.Wait ? taken : taken - definition.Wait;
                completed(new CompletedRequest(start, "round", outcome, latency, TimeSpan.Zero));
                TimeSpan rest = s_shortestRound - taken;
                TimeSpan pause = definition.Pause > rest ? definition.Pause : rest;
                if (pause > TimeSpan.Zero) await Task.Delay(pause, time, cancel);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                // A round that is cut off by the end of the workload says nothing of the target.
            }
        }
    }

    private async Task<string> RoundAsync(CancellationToken cancel)
    {
        string folder = Directory.CreateTempSubdirectory("falter-round-").FullName;
        try
        {
            // One count for all rounds of a process: what one round sends, no other must take for its own, also where several workloads run side by side.
            var environment = new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["FALTER_ROUND"] = Interlocked.Increment(ref s_rounds).ToString(CultureInfo.InvariantCulture),
                ["FALTER_ROUND_FOLDER"] = folder,
            };
            if (await FailureAsync("send", definition.Send, environment, cancel) is { } send) return send;
            if (definition.Wait > TimeSpan.Zero) await Task.Delay(definition.Wait, time, cancel);
            return await FailureAsync("fetch", definition.Fetch, environment, cancel) ?? await FailureAsync("validation", definition.Validate, environment, cancel) ?? "success";
        }
        finally
        {
            Remove(folder);
        }
    }

    private static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Something that the round left running writes there, or wrote as another user: no reason to end the workload.
        }
    }

    /// <summary>Runs one part. Null where it went well, or there is none.</summary>
    private async Task<string?> FailureAsync(string part, string? command, Dictionary<string, string?> environment, CancellationToken cancel)
    {
        if (command is null) return null;
        try
        {
            ShellResult result = await ShellCommand.RunAsync(command, definition.Timeout, cancel, environment);
            return result.ExitCode switch { 0 => null, null => $"{part}-timeout", _ => $"{part}-failed" };
        }
        catch (LinuxException)
        {
            return $"{part}-not-started";
        }
    }
}
