using Falter.Records;

namespace Falter.Report;

/// <summary>Checks, of the section <c>checks</c> and of processes' readiness.</summary>
internal static class CheckReading
{
    private static readonly Tolerance s_alive = new(1, 1);

    public static IReadOnlyList<CheckDefinition> Read(IReadOnlyList<StrictNode> items, ExperimentReading reading)
    {
        var checks = new List<CheckDefinition>();
        foreach (StrictNode item in items)
        {
            if (item is not StrictMap map) reading.Add(item, "checks: expected a map, for example { http: \"http://127.0.0.1:8080/\" }");
            else if (CheckFields.Form.KindOf(map, "a check", reading) is { } kind) checks.Add(Check(map, kind, "timeout", null, reading));
        }
        return checks;
    }

    /// <summary>A process's sign that it is ready, and how long it may take; no check where all of the experiment's are meant.</summary>
    /// <param name="map">What the file says.</param>
    /// <param name="role">The process's own role, which is meant where none is named.</param>
    /// <param name="reading">The file.</param>
    public static (CheckDefinition?, TimeSpan?) Ready(StrictMap map, string role, ExperimentReading reading)
    {
        string[] keys = [.. map.Entries.Select(e => e.Key.Value)];
        bool isOfNoKind = !CheckFields.ReadyForm.Kinds.Any(k => keys.Contains(k.Fields[0].Key, StringComparer.Ordinal));
        if (isOfNoKind && keys.Contains("timeout", StringComparer.Ordinal)) return (null, new SectionReading(map, CheckFields.ReadyByAll, reading).Maybe<TimeSpan>("timeout"));
        if (CheckFields.ReadyForm.KindOf(map, "ready", reading) is not { } kind) return (null, null);
        CheckDefinition check = Check(map, kind, "probe_timeout", role, reading);
        return (check, ReadyTimeout(map, kind));
    }

    // The section was read, and its mistakes told, with the check.
    private static TimeSpan? ReadyTimeout(StrictMap map, FieldSection kind) => new SectionReading(map, kind, new ExperimentReading("", "")).Maybe<TimeSpan>("timeout");

    private static CheckDefinition Check(StrictMap map, FieldSection kind, string timeoutKey, string? ownRole, ExperimentReading reading)
    {
        var section = new SectionReading(map, kind, reading);
        string key = kind.Fields[0].Key;
        if (ownRole is not null) _ = section.Maybe<TimeSpan>("timeout");
        TimeSpan interval = section.Get("interval", key is "http" or "tcp" ? ExperimentDefaults.Interval : ExperimentDefaults.SlowInterval);
        TimeSpan timeout = section.Get(timeoutKey, ExperimentDefaults.Timeout);
        CheckDefinition check = key switch
        {
            "http" => new HttpCheckDefinition { Name = "", Interval = interval, Timeout = timeout, Url = section.Text("http") ?? "", Status = section.Get("status", new Tolerance(200, 399)), Body = section.Text("body") },
            "tcp" => new TcpCheckDefinition { Name = "", Interval = interval, Timeout = timeout, Address = section.Text("tcp") ?? "" },
            "command" => new CommandCheckDefinition
            {
                Name = "", Interval = interval, Timeout = timeout, Command = section.Text("command") ?? "", ExitCode = section.Get("exit_code", 0), Output = section.Text("output"), Value = section.Maybe<Tolerance>("value"),
            },
            "prometheus" => new PrometheusCheckDefinition { Name = "", Interval = interval, Timeout = timeout, Query = section.Text("prometheus") ?? "", Url = section.Text("server") ?? "", Value = section.Get("value", default(Tolerance)) },
            "log" => Log(section, interval, timeout, ownRole, reading),
            "process" => Process(section, interval, timeout, ownRole),
            _ => new RuntimeCheckDefinition { Name = "", Interval = interval, Timeout = timeout, Role = section.Text("role") ?? ownRole ?? "", Counter = section.Text("runtime") ?? "", Value = section.Get("value", default(Tolerance)) },
        };
        return reading.From(section, check with { Name = section.Text("name") ?? check.Asks });
    }

    private static LogCheckDefinition Log(SectionReading section, TimeSpan interval, TimeSpan timeout, string? ownRole, ExperimentReading reading)
    {
        int? least = section.Maybe<int>("least"), most = section.Maybe<int>("most");
        // A line that a process writes when it is ready is asked for; other lines are told of.
        if (least is null && most is null && ownRole is null) most = 0;
        else if (least is null && most is null) least = 1;
        if (least > most) reading.Add(section.Place("least"), $"least: no number is {least} or more and {most} or less");
        return new LogCheckDefinition
        {
            Name = "", Interval = interval, Timeout = timeout, Role = section.Text("role") ?? ownRole ?? "", Pattern = section.Text("log") ?? "",
            File = section.Text("file") is { } file ? reading.PathOf(file) : null, Lines = new Tolerance(least, most),
        };
    }

    private static ProcessCheckDefinition Process(SectionReading section, TimeSpan interval, TimeSpan timeout, string? ownRole)
    {
        ProcessMeasure measure = section.Get("process", ProcessMeasure.Alive);
        return new ProcessCheckDefinition
        {
            Name = "", Interval = interval, Timeout = timeout, Role = section.Text("role") ?? ownRole ?? "", Measure = measure,
            Value = section.Get("value", measure == ProcessMeasure.Alive ? s_alive : default),
        };
    }
}
