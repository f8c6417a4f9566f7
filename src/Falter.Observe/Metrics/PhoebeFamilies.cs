using Falter.Records;

namespace Falter.Observe;

/// <summary>
/// The four metrics of Phoebe's system call monitor, for dashboards and synthesizers that were made for it. They differ from the original in three points: a mean ends with
/// its interval instead of going stale, <c>injected_on_purpose</c> tells the truth, and the unit of latencies is always the microsecond.
/// </summary>
internal static class PhoebeFamilies
{
    public static IEnumerable<MetricFamily> Of(SyscallSeries syscalls, string hostName)
    {
        MetricFamily Family(MetricDefinition definition, Func<CallIdentity, CallTotals, bool> exists, Func<CallIdentity, CallTotals, double> value) =>
            PublishedMetrics.Family(definition, syscalls.Calls.Where(c => exists(c.Key, c.Value)).Select(c => new MetricSeries(Labels(c.Key, hostName), value(c.Key, c.Value))));
        yield return Family(MetricCatalogue.PhoebeCalls, (_, _) => true, (_, totals) => totals.Count);
        yield return Family(MetricCatalogue.PhoebeLatency, (_, totals) => totals.Measured > 0, (_, totals) => totals.MeasuredNs / 1e3);
        yield return Family(MetricCatalogue.PhoebeAverage, (_, totals) => totals.LastMeasured > 0, (_, totals) => totals.LastMeasuredNs / 1e3 / totals.LastMeasured);
        yield return Family(MetricCatalogue.PhoebeFailureRate, (identity, totals) => identity.Outcome.IsError && totals.LastCount > 0, (identity, totals) => syscalls.LastShare(identity, totals));
    }

    // Several processes may bear the name, so there is no pid: "None" is what Phoebe writes when it watches by name.
    private static string[] Labels(in CallIdentity identity, string hostName) =>
        [hostName, identity.Process, "None", "os", identity.Syscall.Name, CodeOf(identity.Outcome), identity.Injected ? "True" : "False"];

    private static string CodeOf(Outcome outcome) => outcome.IsSuccess ? "SUCCESS" : outcome.IsInterrupted ? "ERESTARTSYS" : outcome.Errno.Name;
}
