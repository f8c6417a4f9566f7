using Falter.Records;

namespace Falter.Report;

/// <summary>
/// Reads the file of an experiment, YAML or JSON of <c>version: 1</c>. Whatever is not understood or contradicts itself is a mistake with line and column; all are told at once.
/// <see cref="ExperimentYaml"/> writes what it reads.
/// </summary>
public static class ExperimentFile
{
    private const string Code = "experiment-not-readable";

    /// <summary>Reads a file.</summary>
    /// <exception cref="FalterException"><c>experiment-not-readable</c>: no such file, or mistakes in it; mistakes of rules have their own codes.</exception>
    public static ExperimentDefinition Read(string path)
    {
        try
        {
            return Parse(File.ReadAllText(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FalterException.Usage(Code, $"{path}: {(Directory.Exists(path) ? "a folder, and no file" : File.Exists(path) ? e.Message.TrimEnd('.') : "no such file")}; `falter init -- COMMAND` writes one");
        }
    }

    /// <summary>Reads a document.</summary>
    /// <param name="text">YAML or JSON.</param>
    /// <param name="source">Its file, for messages; relative paths in it start from that file's folder.</param>
    /// <exception cref="FalterException"><c>experiment-not-readable</c>, and the codes of rules.</exception>
    public static ExperimentDefinition Parse(string text, string source)
    {
        var reading = new ExperimentReading(source, Path.GetDirectoryName(Path.GetFullPath(source)) ?? "/");
        var unreadable = new List<StrictMistake>();
        StrictNode? root = StrictYaml.Parse(text, unreadable);
        reading.Add(unreadable);
        ExperimentDefinition? experiment = root is StrictMap map ? Experiment(map, reading) : null;
        if (root is not null and not StrictMap) reading.Add(root, "expected version: 1, name, system, checks and faults, as `falter init` writes them");
        return experiment is not null && reading.Mistakes == 0 ? experiment : throw reading.Refusal();
    }

    private static ExperimentDefinition? Experiment(StrictMap map, ExperimentReading reading)
    {
        if (OtherVersion(map) is { } version)
        {
            reading.Add(version, $"version {version.Value}; this version of Falter reads version {ExperimentFields.CurrentVersion}");
            return null;
        }
        var section = new SectionReading(map, ExperimentFields.Root, reading);
        IReadOnlyList<CheckDefinition> checks = CheckReading.Read(section.Items("checks"), reading);
        ExperimentDefinition experiment = reading.From(section, new ExperimentDefinition
        {
            Name = section.Text("name") ?? "",
            Description = section.Text("description") ?? "",
            System = section.Map("system") is { } system ? SystemReading.Read(system, reading) : reading.From(section, new SystemDefinition { Processes = [] }),
            Workloads = WorkloadReading.Read(section.Items("workload"), reading),
            Checks = checks,
            Faults = section.Map("faults") is { } faults ? FaultsReading.Read(faults, reading) : reading.From(section, new FaultsDefinition()),
            Phases = section.Map("phases") is { } phases ? Phases(new SectionReading(phases, ExperimentFields.Phases, reading), reading) : reading.From(section, new PhaseLengths()),
            StopRules = Stop(section.Items("stop"), reading),
            Repetitions = section.Get("repetitions", 1),
            Order = section.Get("order", PlanOrder.AsWritten),
            Keep = section.Get("keep", false),
            Seed = section.Maybe<ulong>("seed"),
            FailOn = section.Get("fail_on", Verdict.Corrupted),
        });
        _ = section.Maybe<int>("version");
        new ExperimentContradictions(experiment, map, reading).Add();
        return experiment;
    }

    // Another version has other keys: one mistake says more than forty.
    private static StrictScalar? OtherVersion(StrictMap map) =>
        map.Entries.FirstOrDefault(e => e.Key.Value == "version").Value is StrictScalar { IsPlain: true } version && int.TryParse(version.Value, out int number) && number != ExperimentFields.CurrentVersion ? version : null;

    private static PhaseLengths Phases(SectionReading section, ExperimentReading reading)
    {
        var standard = new PhaseLengths();
        return reading.From(section, new PhaseLengths
        {
            WarmUp = section.Get("warm_up", standard.WarmUp),
            Observe = section.Get("observe", standard.Observe),
            Interval = section.Get("interval", standard.Interval),
            Baseline = section.Get("baseline", standard.Baseline),
            Inject = section.Get("inject", standard.Inject),
            Recover = section.Get("recover", standard.Recover),
            Inspect = section.Maybe<TimeSpan>("inspect"),
        });
    }

    private static List<StopRule> Stop(IReadOnlyList<StrictNode> items, ExperimentReading reading)
    {
        var rules = new List<StopRule>();
        foreach (StrictNode item in items)
        {
            if (item is not StrictMap map)
            {
                reading.Add(item, "stop: expected a map with check and failing_for");
                continue;
            }
            var section = new SectionReading(map, ExperimentFields.Stop, reading);
            rules.Add(reading.From(section, new StopRule(section.Text("check") ?? "", section.Get("failing_for", TimeSpan.Zero), section.Text("ends") == "run")));
        }
        return rules;
    }
}
