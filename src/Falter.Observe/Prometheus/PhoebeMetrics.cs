using System.Runtime.InteropServices;
using Falter.Records;

namespace Falter.Observe;

/// <summary>
/// Phoebe's metrics, read as Phoebe's synthesizer reads them: the rates are the present samples of its gauge, so only of intervals in which the error occurred; the totals come from its
/// counter, whose resets are heeded, as Phoebe did not.
/// </summary>
internal sealed class PhoebeMetrics(PrometheusQuery query)
{
    public const string Calls = "failed_syscalls_total", Rates = "syscalls_failure_rate";

    private readonly Dictionary<(string Process, Syscall Syscall), long> _invocations = [];
    private readonly Dictionary<(string Process, Syscall Syscall, Errno Errno), long> _failures = [];
    private readonly Dictionary<(string Process, Syscall Syscall, Errno Errno), List<IntervalRate>> _rates = [];
    private readonly HashSet<(long Step, string Process)> _injected = [];
    private readonly HashSet<long> _steps = [];

    /// <summary>The window; null where it has no such metric.</summary>
    public async Task<PrometheusObservation?> ReadAsync(PrometheusClient client, CancellationToken cancel)
    {
        // First where something was injected, so that nothing of those steps is counted.
        string injected = $"{(query.Match.TrimEnd(' ', ',') is { Length: > 0 } match ? $"{match}," : "")}injected_on_purpose=~\"[Tt]rue\"";
        var marks = new CounterIncreases();
        // All series, although only those are wanted: a counter that appears while others of its exporter were there has grown from 0.
        await foreach (IReadOnlyList<PrometheusSeries> chunk in PrometheusReader.ChunksAsync(client, client.Selector(Calls), cancel))
        {
            foreach ((PrometheusSeries series, long step, double increase) in marks.Of(chunk)) if (increase >= 0.5 && IsInjected(series)) _injected.Add((step, ProcessOf(series)));
        }
        await foreach (IReadOnlyList<PrometheusSeries> chunk in PrometheusReader.ChunksAsync(client, $"{Rates}{{{injected}}}", cancel))
        {
            foreach (PrometheusSeries series in chunk) foreach ((long step, _) in series.Points) _injected.Add((step, ProcessOf(series)));
        }
        var increases = new CounterIncreases();
        await foreach (IReadOnlyList<PrometheusSeries> chunk in PrometheusReader.ChunksAsync(client, client.Selector(Calls), cancel))
        {
            foreach ((PrometheusSeries series, long step, double increase) in increases.Of(chunk)) Count(series, step, increase);
        }
        await foreach (IReadOnlyList<PrometheusSeries> chunk in PrometheusReader.ChunksAsync(client, client.Selector(Rates), cancel))
        {
            foreach (PrometheusSeries series in chunk.Where(s => !IsInjected(s))) Rate(series);
        }
        if (!increases.AnyValue && _rates.Count == 0) return null;
        if (!increases.Any && _rates.Count == 0) throw PrometheusReader.OneSample(query, Calls);
        return new PrometheusObservation(PrometheusNames.Phoebe, [], Window(), _injected.Count);
    }

    private ErrorWindow Window() => new()
    {
        Series =
        [
            .. _rates.Select(r =>
            {
                // A gauge without its counter says how often, but not of how many.
                long failures = _failures.GetValueOrDefault(r.Key);
                return new ErrorSeries
                {
                    Process = r.Key.Process,
                    Syscall = r.Key.Syscall,
                    Errno = r.Key.Errno,
                    Failures = failures,
                    Invocations = Math.Max(failures, _invocations.GetValueOrDefault((r.Key.Process, r.Key.Syscall))),
                    Rates = r.Value,
                };
            }),
        ],
        Invocations = _invocations,
        Intervals = _steps.Count,
        LeftOut = _injected.Count,
    };

    private void Count(PrometheusSeries series, long step, double increase)
    {
        string process = ProcessOf(series);
        if (IsInjected(series) || _injected.Contains((step, process))) return;
        _steps.Add(step);
        string name = series.Labels.GetValueOrDefault("syscall_name", ""), code = series.Labels.GetValueOrDefault("error_code", "");
        if (increase < 0.5 || !Syscall.TryParse(PhoebeNames.Plain(name), out Syscall syscall)) return;
        long calls = (long)Math.Round(increase);
        CollectionsMarshal.GetValueRefOrAddDefault(_invocations, (process, syscall), out _) += calls;
        if (PhoebeNames.TryParse(name, code, out _, out Errno errno)) CollectionsMarshal.GetValueRefOrAddDefault(_failures, (process, syscall, errno), out _) += calls;
    }

    private void Rate(PrometheusSeries series)
    {
        string process = ProcessOf(series), name = series.Labels.GetValueOrDefault("syscall_name", ""), code = series.Labels.GetValueOrDefault("error_code", "");
        if (!PhoebeNames.TryParse(name, code, out Syscall syscall, out Errno errno)) return;
        foreach ((long step, double rate) in series.Points)
        {
            if (rate > 1)
            {
                throw FalterException.Usage("query-not-readable", FormattableString.Invariant(
                    $"{Rates} of {process}, {syscall}, {errno} at {query.Start + step * query.Step:yyyy-MM-dd'T'HH:mm:ss'Z'}: {rate} is no error rate, which is at most 1; leave that time or series out with --start, --end or --match"));
            }
            if (rate == 0 || _injected.Contains((step, process))) continue;
            ref List<IntervalRate>? rates = ref CollectionsMarshal.GetValueRefOrAddDefault(_rates, (process, syscall, errno), out _);
            (rates ??= []).Add(new IntervalRate(rate, 0));
        }
    }

    private string ProcessOf(PrometheusSeries series) => PrometheusReader.ProcessOf(series, "application_name", query);

    private static bool IsInjected(PrometheusSeries series) => string.Equals(series.Labels.GetValueOrDefault("injected_on_purpose"), "true", StringComparison.OrdinalIgnoreCase);
}
