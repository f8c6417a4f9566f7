namespace Falter.Load;

/// <summary>One finished request of a workload, before it is placed in a run.</summary>
/// <param name="ScheduledTicks">When it was to be sent, in <see cref="TimeProvider.GetTimestamp"/> units.</param>
/// <param name="Request">What was requested: the URL or the command.</param>
/// <param name="Outcome">The status code, <c>exit N</c>, or the kind of failure.</param>
/// <param name="Latency">From the scheduled time to the end of the answer.</param>
/// <param name="Lag">How much later than scheduled it was sent.</param>
public readonly record struct CompletedRequest(long ScheduledTicks, string Request, string Outcome, TimeSpan Latency, TimeSpan Lag);

/// <summary>What drives the target.</summary>
public interface IWorkload
{
    /// <summary>What the workload requests, for people: URLs, or the command.</summary>
    IReadOnlyList<string> Requests { get; }

    /// <summary>Offered requests per second; null where the workload sets its own pace.</summary>
    double? Rate { get; }

    /// <summary>Drives the target until cancelled, then waits for what is under way (no longer than the time-out).</summary>
    /// <param name="completed">Called for each request when it ends, from any thread.</param>
    /// <param name="cancel">Ends the workload; no exception is thrown for it.</param>
    Task RunAsync(Action<CompletedRequest> completed, CancellationToken cancel);
}
