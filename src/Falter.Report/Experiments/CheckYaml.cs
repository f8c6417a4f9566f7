using Falter.Records;

namespace Falter.Report;

/// <summary>A check as YAML on one line.</summary>
internal static class CheckYaml
{
    /// <summary>One of the experiment's checks.</summary>
    public static string Of(CheckDefinition check)
    {
        YamlMap map = Map(check, null);
        if (check.Timeout != ExperimentDefaults.Timeout) map.Add("timeout", check.Timeout);
        return map.ToString();
    }

    /// <summary>The check that tells when a process is ready.</summary>
    public static string OfReady(CheckDefinition check, ProcessDefinition process)
    {
        YamlMap map = Map(check, process.Role);
        if (check.Timeout != ExperimentDefaults.Timeout) map.Add("probe_timeout", check.Timeout);
        map.Add("timeout", process.ReadyTimeout);
        return map.ToString();
    }

    private static YamlMap Map(CheckDefinition check, string? ownRole)
    {
        var map = new YamlMap();
        TimeSpan interval = ExperimentDefaults.SlowInterval;
        switch (check)
        {
            case HttpCheckDefinition http:
                interval = ExperimentDefaults.Interval;
                map.Add("http", YamlText.Of(http.Url));
                if (http.Status != new Tolerance(200, 399)) map.Add("status", http.Status);
                if (http.Body is { } body) map.Add("body", YamlText.Of(body));
                break;
            case TcpCheckDefinition tcp:
                interval = ExperimentDefaults.Interval;
                map.Add("tcp", YamlText.Of(tcp.Address));
                break;
            case CommandCheckDefinition command:
                Add(map, command);
                break;
            case PrometheusCheckDefinition query:
                map.Add("prometheus", YamlText.Of(query.Query));
                map.Add("server", YamlText.Of(query.Url));
                map.Add("value", query.Value);
                break;
            case LogCheckDefinition log:
                Add(map, log, ownRole);
                break;
            case ProcessCheckDefinition process:
                map.Add("process", Words.Of(process.Measure));
                Role(map, process.Role, ownRole);
                if (process.Value != (process.Measure == ProcessMeasure.Alive ? new Tolerance(1, 1) : default)) Range(map, process.Value);
                break;
            case RuntimeCheckDefinition runtime:
                map.Add("runtime", YamlText.Of(runtime.Counter));
                Role(map, runtime.Role, ownRole);
                if (runtime.Value != default) map.Add("value", runtime.Value);
                break;
        }
        if (check.Name != check.Asks) map.Add("name", YamlText.Of(check.Name));
        if (check.Interval != interval) map.Add("interval", check.Interval);
        return map;
    }

    private static void Add(YamlMap map, CommandCheckDefinition command)
    {
        map.Add("command", YamlText.Of(command.Command));
        if (command.ExitCode != 0) map.Add("exit_code", YamlMap.Number(command.ExitCode));
        if (command.Output is { } output) map.Add("output", YamlText.Of(output));
        if (command.Value is { } value) Range(map, value);
    }

    private static void Add(YamlMap map, LogCheckDefinition log, string? ownRole)
    {
        map.Add("log", YamlText.Of(log.Pattern));
        Role(map, log.Role, ownRole);
        if (log.File is { } file) map.Add("file", YamlText.Of(file));
        if (log.Lines == (ownRole is null ? new Tolerance(null, 0) : new Tolerance(1, null))) return;
        // Without either end the default would be taken.
        if (log.Lines.Least is not null || log.Lines.Most is null) map.Add("least", YamlMap.Number(log.Lines.Least ?? 0));
        if (log.Lines.Most is { } most) map.Add("most", YamlMap.Number(most));
    }

    private static void Role(YamlMap map, string role, string? ownRole)
    {
        if (role != ownRole) map.Add("role", YamlText.Of(role));
    }

    // A range without ends holds for every number, as this one does.
    private static void Range(YamlMap map, Tolerance range) => map.Add("value", range == default ? new Tolerance(double.MinValue, null) : range);
}
