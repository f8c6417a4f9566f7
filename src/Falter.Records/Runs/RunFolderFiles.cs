namespace Falter.Records;

/// <summary>Names of the files in a run folder.</summary>
public static class RunFolderFiles
{
    public const string Run = "run.json", Experiment = "plan.yaml", Plans = "plans.json", Turns = "turns.jsonl", Samples = "samples.jsonl", CompressedSamples = "samples.jsonl.gz", Events = "events.jsonl", Faults = "faults.jsonl", Checks = "checks.jsonl",
        Load = "load.jsonl", Log = "log.jsonl", Verdict = "verdict.json", Report = "report.html", TargetLog = "target.log", Logs = "logs";
}
