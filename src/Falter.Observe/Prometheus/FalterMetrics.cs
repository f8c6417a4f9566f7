using System.Runtime.InteropServices;
using Falter.Records;

namespace Falter.Observe;

/// <summary>Falter's own metrics: intervals from the counters' increases.</summary>
internal sealed class FalterMetrics(PrometheusQuery query)
{
    public const string Calls = "falter_syscalls_total", Lost = "falter_events_lost_total";

    private readonly Dictionary<(long Step, string Process, Syscall Syscall, Outcome Outcome), long> _counts = [];
    private readonly HashSet<(long Step, string Process)> _present = [], _injected = [];
    private readonly Dictionary<long, long> _lost = [];

    /// <summary>The window; null where it has no such metric.</summary>
    public async Task<PrometheusObservation?> ReadAsync(PrometheusClient client, CancellationToken cancel)
    {
        var increases = new CounterIncreases();
        await foreach (IReadOnlyList<PrometheusSeries> chunk in PrometheusReader.ChunksAsync(client, client.Selector(Calls), cancel))
        {
            foreach ((PrometheusSeries series, long step, double increase) in increases.Of(chunk)) Add(series, step, increase);
        }
        if (!increases.AnyValue) return null;
        if (!increases.Any) throw PrometheusReader.OneSample(query, Calls);
        var lost = new CounterIncreases();
        await foreach (IReadOnlyList<PrometheusSeries> chunk in PrometheusReader.ChunksAsync(client, client.Selector(Lost), cancel))
        {
            foreach ((_, long step, double increase) in lost.Of(chunk)) CollectionsMarshal.GetValueRefOrAddDefault(_lost, step, out _) += (long)increase;
        }
        return new PrometheusObservation(PrometheusNames.Falter, Samples(), null, _injected.Count);
    }

    private void Add(PrometheusSeries series, long step, double increase)
    {
        string process = PrometheusReader.ProcessOf(series, "process", query);
        _present.Add((step, process));
        if (increase < 0.5) return;
        if (string.Equals(series.Labels.GetValueOrDefault("injected"), "true", StringComparison.OrdinalIgnoreCase)) _injected.Add((step, process));
        else if (Syscall.TryParse(series.Labels.GetValueOrDefault("syscall"), out Syscall syscall) && OutcomeOf(series) is { } outcome)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_counts, (step, process, syscall, outcome), out _) += (long)Math.Round(increase);
        }
    }

    private static Outcome? OutcomeOf(PrometheusSeries series) => series.Labels.GetValueOrDefault("outcome") switch
    {
        "success" => Outcome.Success,
        "interrupted" => Outcome.TryParse("interrupted", out Outcome interrupted) ? interrupted : null,
        "error" when Outcome.TryParse(series.Labels.GetValueOrDefault("errno", ""), out Outcome error) => error,
        _ => null,
    };

    private List<IntervalSample> Samples()
    {
        ILookup<long, SyscallRow> rows = _counts.Where(c => !_injected.Contains((c.Key.Step, c.Key.Process)))
            .ToLookup(c => c.Key.Step, c => new SyscallRow { Process = c.Key.Process, Syscall = c.Key.Syscall, Outcome = c.Key.Outcome, Count = c.Value, TotalNs = 0 });
        return
        [
            .. _present.Except(_injected).Select(p => p.Step).Distinct().Order().Select(step => new IntervalSample
            {
                Time = query.Start + step * query.Step,
                IntervalSeconds = query.Step.TotalSeconds,
                Rows = [.. rows[step]],
                Lost = _lost.GetValueOrDefault(step),
            }),
        ];
    }
}
