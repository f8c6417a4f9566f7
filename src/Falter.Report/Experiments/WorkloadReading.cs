using Falter.Records;

namespace Falter.Report;

/// <summary>The section <c>workload</c>.</summary>
internal static class WorkloadReading
{
    public static IReadOnlyList<WorkloadDefinition> Read(IReadOnlyList<StrictNode> items, ExperimentReading reading)
    {
        var workloads = new List<WorkloadDefinition>();
        foreach (StrictNode item in items)
        {
            if (item is not StrictMap map) reading.Add(item, "workload: expected a map, for example { command: pgbench -T 1 }");
            else if (WorkloadFields.Form.KindOf(map, "a workload", reading) is { } kind && Workload(new SectionReading(map, kind, reading), kind.Fields[0].Key, reading) is { } workload) workloads.Add(workload);
        }
        return workloads;
    }

    private static WorkloadDefinition? Workload(SectionReading section, string kind, ExperimentReading reading) => kind switch
    {
        "http" => section.Map("http") is { } http ? Http(new SectionReading(http, WorkloadFields.Http, reading)) : null,
        "rounds" => section.Map("rounds") is { } rounds ? Rounds(new SectionReading(rounds, WorkloadFields.Rounds, reading)) : null,
        _ => new CommandWorkloadDefinition
        {
            Command = section.Text("command") ?? "",
            Timeout = section.Get("timeout", ExperimentDefaults.CommandTimeout),
            Pause = section.Get("pause", TimeSpan.Zero),
            Parallel = section.Get("parallel", 1),
        },
    };

    private static HttpWorkloadDefinition Http(SectionReading section) => new()
    {
        Urls = section.Get<IReadOnlyList<string>>("urls", []),
        RatePerSecond = section.Get("rate", ExperimentDefaults.RatePerSecond),
        Timeout = section.Get("timeout", ExperimentDefaults.Timeout),
    };

    private static RoundWorkloadDefinition Rounds(SectionReading section) => new()
    {
        Send = section.Text("send") ?? "",
        Wait = section.Get("wait", TimeSpan.Zero),
        Fetch = section.Text("fetch"),
        Validate = section.Text("validate"),
        Pause = section.Get("pause", TimeSpan.Zero),
        Timeout = section.Get("timeout", ExperimentDefaults.CommandTimeout),
    };
}
