using System.CommandLine;
using Falter.Records;

namespace Falter.Cli;

/// <summary>What the command line says of a run beside its experiment.</summary>
/// <param name="Output">The run folder; null: one by the run's name.</param>
/// <param name="Json">Whether verdict.json goes to standard output instead of the table.</param>
/// <param name="DryRun">Whether nothing is started.</param>
/// <param name="JUnit">The file that gets the verdicts as JUnit XML; null: none.</param>
/// <param name="Export">Where metrics go; null: nowhere.</param>
internal sealed record RunChoice(string? Output, bool Json, bool DryRun, string? JUnit, ExportChoice? Export);

/// <summary>The options that every verb has which runs an experiment.</summary>
internal sealed class RunOptions
{
    private readonly Option<string?> _output = new("--output", "-o") { Description = "The run folder to write [default: falter-runs/RUN]", HelpName = "DIR" };
    private readonly Option<string> _format = OptionTypes.Choice("--format", "What goes to standard output: a table, or verdict.json", "text", "text", "json");
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Print what would be done, start and touch nothing" };
    private readonly Option<string?> _junit = OptionTypes.File("--junit", "Write the verdicts as JUnit XML to this file, for CI");
    private readonly Option<int?> _repeat = OptionTypes.OptionalCount("--repeat", "Run each fault plan N times", 5);
    private readonly Option<bool> _random = new("--random-order") { Description = "Shuffle all turns by the seed: what drifts while the run goes on does not follow the plans" };
    private readonly Option<bool> _keep = new("--keep") { Description = "Let the system go on from plan to plan as long as it is well, instead of building it anew; one baseline then serves all" };
    private readonly Option<bool> _thresholds = new("--find-threshold") { Description = "Search for the rate at which the verdict changes, for each plan that has one rate: up to 14 more turns each" };
    private readonly Option<string> _strategy = OptionTypes.Choice("--strategy", "Faults from natural errors, or as many at random to compare with", "realistic", "realistic", "random");
    private readonly Option<ulong?> _seed = OptionTypes.Seed("Seed of every chance in the run");
    private readonly Option<string> _failOn = OptionTypes.Choice("--fail-on", "The mildest verdict that ends with exit code 1", "corrupted", "degraded", "corrupted", "hung", "crashed");
    private readonly ExportOptions _export;

    public RunOptions(Command verb)
    {
        foreach (Option option in (Option[])[_repeat, _random, _keep, _thresholds, _strategy, _seed, _failOn, _output, _format, _junit, _dryRun]) verb.Options.Add(option);
        _export = new ExportOptions(verb);
    }

    public RunChoice Read(ParseResult parsed) => new(parsed.GetValue(_output), parsed.GetValue(_format) == "json", parsed.GetValue(_dryRun), JUnitFile(parsed), _export.Read(parsed));

    /// <summary>The experiment with what the command line gives in place of what it says itself, and with a seed.</summary>
    public ExperimentDefinition Over(ExperimentDefinition definition, ParseResult parsed)
    {
        FaultsDefinition faults = definition.Faults with
        {
            Strategy = IsGiven(parsed, _strategy) ? parsed.GetValue(_strategy) == "random" ? FaultStrategy.Random : FaultStrategy.Realistic : definition.Faults.Strategy,
            FindThresholds = definition.Faults.FindThresholds || parsed.GetValue(_thresholds),
        };
        return definition with
        {
            Faults = faults,
            Repetitions = parsed.GetValue(_repeat) ?? definition.Repetitions,
            Order = parsed.GetValue(_random) ? PlanOrder.Random : definition.Order,
            Keep = definition.Keep || parsed.GetValue(_keep),
            Seed = parsed.GetValue(_seed) ?? definition.Seed ?? (ulong)Random.Shared.Next(1, 100_000),
            FailOn = IsGiven(parsed, _failOn) ? Enum.GetValues<Verdict>().Single(v => Words.Of(v) == parsed.GetValue(_failOn)) : definition.FailOn,
        };
    }

    // A run of hours must not end with a file that cannot be written; and a resumed run changes the folder that it works in.
    private string? JUnitFile(ParseResult parsed)
    {
        if (parsed.GetValue(_junit) is not { } file) return null;
        string path = Path.GetFullPath(file);
        if (Directory.Exists(path) || !Directory.Exists(Path.GetDirectoryName(path))) throw FalterException.Usage("folder-not-writable", $"--junit {file}: expected the name of a file in a folder that exists, for example falter.xml");
        return path;
    }

    /// <summary>The options of this that change the experiment and were given.</summary>
    public IReadOnlyList<string> Changing(ParseResult parsed) => [.. ((Option[])[_repeat, _random, _keep, _thresholds, _strategy, _seed, _failOn, _output, _dryRun]).Where(o => IsGiven(parsed, o)).Select(o => o.Name)];

    private static bool IsGiven(ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };
}
