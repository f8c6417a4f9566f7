using Falter.Records;

namespace Falter.Report;

/// <summary>The kinds of checks and their keys. The first key of a kind tells it from the others.</summary>
internal static class CheckFields
{
    private static readonly Field s_name = new("name", Forms.Text, "Unique among the checks; stop rules and reports use it.", "orders", "what it asks");
    private static readonly Field s_timeout = new("timeout", Forms.SomeTime, "How long a probe waits for an answer.", "2s", "2s");
    private static readonly Field s_probeTimeout = s_timeout with { Key = "probe_timeout" };
    private static readonly Field s_readyTimeout = new("timeout", Forms.SomeTime, "How long it may take until the process is ready.", "30s", "30s");
    private static readonly Field s_role = new("role", Forms.Role, "The role that is looked at.", "web", null, true);
    private static readonly ToleranceForm s_range = new();

    public static readonly IReadOnlyList<FieldSection> Kinds =
    [
        Kind("http", "an http check", "A GET on a connection of its own.", ExperimentDefaults.Interval,
            new Field("http", Forms.Url, "The URL.", "http://127.0.0.1:8080/", null, true),
            new Field("status", s_range, "Statuses that pass.", "200..399", "200..399"),
            new Field("body", Forms.Pattern, "A regular expression that the body must match.", "\"ok\"", "any body")),
        Kind("tcp", "a tcp check", "A TCP connection.", ExperimentDefaults.Interval,
            new Field("tcp", Forms.Address, "The address.", "127.0.0.1:5432", null, true)),
        Kind("command", "a command check", "A command, run by `sh -c`.", ExperimentDefaults.SlowInterval,
            new Field("command", Forms.Text, "The command.", "redis-cli ping", null, true),
            new Field("exit_code", Forms.Whole(0, 255), "The exit status that passes.", "0", "0"),
            new Field("output", Forms.Pattern, "A regular expression that the output must match.", "PONG", "any output"),
            new Field("value", s_range, "The output is a number that must lie in this range.", "{ least: 0, most: 10 }", "it is no number")),
        Kind("prometheus", "a prometheus check", "An instant query to a Prometheus server, of one number.", ExperimentDefaults.SlowInterval,
            new Field("prometheus", Forms.Text, "The query, in PromQL.", "up", null, true),
            new Field("server", Forms.Url, "The server.", "http://127.0.0.1:9090", null, true),
            new Field("value", s_range, "The range of the number.", "{ least: 1 }", null, true)),
        Kind("log", "a log check", "Lines that a role writes.", ExperimentDefaults.SlowInterval,
            new Field("log", Forms.Pattern, "A regular expression of one line.", "panic|FATAL", null, true),
            s_role with { Description = "The role that writes them." },
            new Field("file", Forms.Path, "The log's file, relative to the experiment's file.", "/var/log/web.log", "what the role writes to its standard output and error"),
            new Field("least", Forms.Whole(0, 1_000_000), "The fewest matching lines per probe that are in order.", "1", "0; for readiness 1"),
            new Field("most", Forms.Whole(0, 1_000_000), "The most matching lines per probe that are in order.", "0", "0; for readiness any number")),
        Kind("process", "a process check", "A figure of a role's processes.", ExperimentDefaults.SlowInterval,
            new Field("process", Forms.Word<ProcessMeasure>(), "What is measured: `alive` (1 or 0), `restarts` (how often it was started again), `cpu` (processors in use), `memory` (resident, in bytes), `threads`, `descriptors` (open ones).", "memory", null, true),
            s_role,
            new Field("value", s_range, "The range of the figure.", "{ most: 512MiB }", "1 for alive; anything else is only compared with the baseline")),
        Kind("runtime", "a runtime check", "A figure that a role's language runtime offers: a .NET event counter or meter, or a performance counter of a JVM.", ExperimentDefaults.SlowInterval,
            new Field("runtime", Forms.Text, "The figure's name.", "System.Runtime/gc-heap-size", null, true),
            s_role,
            new Field("value", s_range, "The range of the figure.", "{ most: 100 }", "it is only compared with the baseline")),
    ];

    /// <summary>A check: a map of one of the kinds.</summary>
    public static readonly KindForm Form = new(Kinds);

    /// <summary>Readiness that all checks of the experiment tell.</summary>
    public static readonly FieldSection ReadyByAll = new("ready", "ready", "When a process is ready: as soon as all checks of the experiment pass.", [s_readyTimeout with { IsRequired = true, Default = null }]);

    /// <summary>The same kinds as the sign that a process is ready.</summary>
    public static readonly KindForm ReadyForm = new([.. Kinds.Select(Ready)]) { Otherwise = ReadyByAll };

    private static FieldSection Kind(string name, string what, string description, TimeSpan interval, params Field[] own) => new($"{name}_check", what, description,
    [
        .. own, s_name,
        new Field("interval", Forms.Pace, "Pace of the probes, whether the last was answered or not.", Durations.Format(interval), Durations.Format(interval)),
        s_timeout,
    ]);

    private static FieldSection Ready(FieldSection kind) => new($"ready_{kind.Name}", $"ready by {kind.What}", $"When a process is ready. {kind.Description}",
    [
        .. kind.Fields.Select(f => f.Key switch
        {
            "timeout" => s_readyTimeout,
            "role" => f with { IsRequired = false, Default = "the process itself" },
            _ => f,
        }),
        s_probeTimeout,
    ]);
}
