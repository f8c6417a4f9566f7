using System.Globalization;
using Microsoft.Diagnostics.Tracing;

namespace Falter.Experiment;

/// <summary>Takes the figures of one counter out of the events of a diagnostics session.</summary>
internal sealed class DotnetEvents(string provider, string counter)
{
    /// <summary>Several listeners to the meters of a process share one session of this name (.NET 8).</summary>
    public const string SharedSession = "SHARED";

    private readonly Lock _lock = new();
    private TaskCompletionSource<double?> _next = New();
    private double? _collected;

    /// <summary>What the runtime complained of; null: nothing.</summary>
    public string? Problem { get; private set; }

    /// <summary>The next figure; null where the session ends before.</summary>
    public Task<double?> NextAsync(CancellationToken cancel)
    {
        lock (_lock) return _next.Task.WaitAsync(cancel);
    }

    /// <summary>Nothing more comes.</summary>
    public void End()
    {
        lock (_lock) _next.TrySetResult(null);
    }

    /// <summary>One event.</summary>
    public void Take(TraceEvent e)
    {
        if (e.ProviderName == provider && e.EventName == "EventCounters") TakeCounter(e);
        else if (e.ProviderName == "System.Diagnostics.Metrics") TakeMeter(e);
    }

    private static TaskCompletionSource<double?> New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Tell(double value)
    {
        TaskCompletionSource<double?> told;
        lock (_lock) (told, _next) = (_next, New());
        told.TrySetResult(value);
    }

    /// <summary>An event counter: a mean, or an increment, which becomes one per second.</summary>
    private void TakeCounter(TraceEvent e)
    {
        if (e.PayloadValue(0) is not IDictionary<string, object> outer || !outer.TryGetValue("Payload", out object? inner) || inner is not IDictionary<string, object> fields) return;
        if (fields.TryGetValue("Name", out object? name) && name as string == counter)
        {
            if (fields.TryGetValue("Mean", out object? mean)) Tell(Number(mean));
            else if (fields.TryGetValue("Increment", out object? increment)) Tell(Number(increment) / Math.Max(Number(fields["IntervalSec"]), 0.001));
        }
    }

    /// <summary>
    /// An instrument: the series of all its tags together. Counters give their growth per second, up-down counters their value, gauges the largest, histograms the largest 95th percentile. The
    /// events of one reading stand between <c>CollectionStart</c> and <c>CollectionStop</c> (MetricsEventSource.cs).
    /// </summary>
    private void TakeMeter(TraceEvent e)
    {
        if (e.PayloadByName("sessionId") as string != SharedSession) return;
        // TraceEvent takes Start and Stop at the end of a name for the event's operation, and parts them by a slash.
        if (e.EventName is "CollectionStop" or "Collection/Stop")
        {
            if (_collected is { } value) Tell(value);
            _collected = null;
            return;
        }
        if (e.EventName.EndsWith("Error", StringComparison.Ordinal) || e.EventName == "TimeSeriesLimitReached") Problem = $"the runtime says {e.EventName}: {e.PayloadByName("errorMessage") ?? e.PayloadByName("error")}".TrimEnd(' ', ':');
        if (e.PayloadByName("meterName") as string != provider || e.PayloadByName("instrumentName") as string != counter) return;
        _collected = e.EventName switch
        {
            "CounterRateValuePublished" => (_collected ?? 0) + Number(e.PayloadByName("rate")) / DotnetSession.Refresh.TotalSeconds,
            "UpDownCounterRateValuePublished" => (_collected ?? 0) + Number(e.PayloadByName("value")),
            "GaugeValuePublished" => Math.Max(_collected ?? double.MinValue, Number(e.PayloadByName("lastValue"))),
            "HistogramValuePublished" => Quantile(e.PayloadByName("quantiles") as string) is { } q ? Math.Max(_collected ?? double.MinValue, q) : _collected,
            _ => _collected,
        };
    }

    /// <summary>Of <c>0.5=12;0.95=30;0.99=31</c>.</summary>
    private static double? Quantile(string? quantiles) =>
        quantiles?.Split(';').FirstOrDefault(q => q.StartsWith("0.95=", StringComparison.Ordinal)) is { } text && double.TryParse(text.AsSpan(5), NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            ? value : null;

    /// <summary>Meters tell numbers as text, an empty one where there is none yet; event counters as numbers.</summary>
    private static double Number(object? value) => value switch
    {
        string text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : 0,
        IConvertible number => number.ToDouble(CultureInfo.InvariantCulture),
        _ => 0,
    };
}
