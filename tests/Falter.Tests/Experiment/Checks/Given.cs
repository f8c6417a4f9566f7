using Falter.Experiment;
using Falter.Records;

namespace Falter.Tests.Experiment.Checks;

/// <summary>Definitions of checks with ordinary times.</summary>
internal static class Given
{
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10), Interval = TimeSpan.FromMilliseconds(200);

    public static HttpCheckDefinition Http(string url, string? body = null) => new() { Name = url, Url = url, Body = body, Interval = Interval, Timeout = Timeout };

    public static TcpCheckDefinition Tcp(string address) => new() { Name = address, Address = address, Interval = Interval, Timeout = Timeout };

    public static CommandCheckDefinition Command(string command) => new() { Name = command, Command = command, Interval = Interval, Timeout = Timeout };

    public static PrometheusCheckDefinition Prometheus(string url, string query, Tolerance value = default) =>
        new() { Name = query, Url = url, Query = query, Value = value, Interval = Interval, Timeout = Timeout };

    public static LogCheckDefinition Log(string pattern, string? file = null) => new() { Name = pattern, Role = "web", Pattern = pattern, File = file, Interval = Interval, Timeout = Timeout };

    public static ProcessCheckDefinition Process(ProcessMeasure measure, Tolerance value = default) =>
        new() { Name = $"{measure}", Role = "web", Measure = measure, Value = value, Interval = Interval, Timeout = Timeout };

    public static RuntimeCheckDefinition Runtime(string counter, Tolerance value = default) =>
        new() { Name = counter, Role = "web", Counter = counter, Value = value, Interval = Interval, Timeout = Timeout };

    public static RoleState Role(params int[] pids) => new("web", pids, pids.Length > 0, 0, null);

    /// <summary>One probe of a check that looks at a role.</summary>
    public static async Task<ProbeResult> ProbeAsync(CheckDefinition definition, RoleState? state = null)
    {
        ICheck check = Falter.Experiment.Checks.Of(definition, _ => state ?? Role());
        try
        {
            return await check.ProbeAsync(TestContext.Current.CancellationToken);
        }
        finally
        {
            await Falter.Experiment.Checks.EndAsync([check]);
        }
    }
}
