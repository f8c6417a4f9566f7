namespace Falter.Observe;

/// <summary>Every metric that Falter publishes. Names and labels are an interface: dashboards and alerts of users rest on them.</summary>
public static class MetricCatalogue
{
    private const string FromFirst = "Begins with the first such call; stays while Falter runs.";
    private const string LastInterval = "Exists while the last interval held such an error; ends with the first reading without one.";
    private const string Always = "Always there while Falter runs.";

    public static readonly MetricDefinition Syscalls = new("falter_syscalls_total", MetricKind.Counter, "{call}", ["process", "syscall", "outcome", "errno", "injected"],
        "System calls of the target that returned, by how they ended.", FromFirst, "falter.syscalls");

    public static readonly MetricDefinition ErrorsRatio = new("falter_syscall_errors_ratio", MetricKind.Gauge, "1", ["process", "syscall", "errno", "injected"],
        "Share of the process's calls to this system call that ended in this errno, in the last interval.", LastInterval, "falter.syscall.errors");

    public static readonly MetricDefinition Duration = new("falter_syscall_duration_seconds", MetricKind.Histogram, "s", ["process", "syscall", "outcome"],
        "Time in the kernel of calls that were measured and not injected.", "As falter_syscalls_total; not there with --no-latency.", "falter.syscall.duration");

    public static readonly MetricDefinition Injections = new("falter_injections_total", MetricKind.Counter, "{call}", ["rule", "syscall", "errno"],
        "Calls that Falter failed, by the rule that did it.", "Begins with the first injection of the rule; only from `falter assess`.", "falter.injections");

    public static readonly MetricDefinition EventsLost = new("falter_events_lost_total", MetricKind.Counter, "{event}", ["reason"],
        "Events that could not be counted: map_full: calls and threads for which the kernel's maps had no room.", Always, "falter.events.lost");

    public static readonly MetricDefinition SeriesDropped = new("falter_series_dropped_total", MetricKind.Counter, "{series}", [],
        "Series that found no room below --max-series, counted again at each reading.", Always, "falter.series.dropped");

    public static readonly MetricDefinition BuildInfo = new("falter_build_info", MetricKind.Gauge, "1", ["version"], "The version of Falter; always 1.", Always, "falter.build.info");

    public static readonly MetricDefinition CheckUp = new("falter_check_up", MetricKind.Gauge, "1", ["check"],
        "Whether the last probe of a check passed: 1, or failed: 0.", "Begins with the check's first probe; only from `falter assess`.", "falter.check.up");

    public static readonly MetricDefinition ExperimentPhase = new("falter_experiment_phase", MetricKind.Gauge, "1", ["phase"],
        "The present phase of the run: 1 for it, 0 for the others.", "One series for each phase from the first phase on; only from `falter assess`.", "falter.experiment.phase");

    /// <summary>The metrics under names of Falter's own, in the order in which they are published.</summary>
    public static readonly IReadOnlyList<MetricDefinition> Own =
        [BuildInfo, Syscalls, ErrorsRatio, Duration, Injections, EventsLost, SeriesDropped, CheckUp, ExperimentPhase];

    private static readonly string[] s_phoebeLabels = ["hostname", "application_name", "pid", "layer", "syscall_name", "error_code", "injected_on_purpose"];

    public static readonly MetricDefinition PhoebeCalls = new("failed_syscalls_total", MetricKind.Counter, "{call}", s_phoebeLabels,
        "Calls by outcome; despite its name successful ones too.", FromFirst);

    public static readonly MetricDefinition PhoebeLatency = new("failed_syscalls_latency_total", MetricKind.Counter, "us", s_phoebeLabels,
        "Total time of those calls, in microseconds.", "As failed_syscalls_total; not there with --no-latency.");

    public static readonly MetricDefinition PhoebeAverage = new("syscalls_avg_latency", MetricKind.Gauge, "us", s_phoebeLabels,
        "Mean time of a call in the last interval, in microseconds.", "Exists while the last interval held such a call; not there with --no-latency.");

    public static readonly MetricDefinition PhoebeFailureRate = new("syscalls_failure_rate", MetricKind.Gauge, "1", s_phoebeLabels,
        "Share of the calls that ended in this errno, in the last interval.", LastInterval);

    /// <summary>The metrics of Phoebe's monitor, published with <c>--phoebe-names</c>.</summary>
    public static readonly IReadOnlyList<MetricDefinition> Phoebe = [PhoebeCalls, PhoebeLatency, PhoebeAverage, PhoebeFailureRate];
}
