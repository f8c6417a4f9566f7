using System.CommandLine;
using Falter.Records;
using Falter.Report;

namespace Falter.Cli;

/// <summary><c>falter report diff</c>: what changed from one run to another.</summary>
internal sealed class ReportDiffCommand
{
    private readonly Argument<string> _first = new("A") { Description = "The run folder of what was before" };
    private readonly Argument<string> _second = new("B") { Description = "The run folder that is compared with it" };
    private readonly Option<bool> _all = new("--all") { Description = "Show also what did not change" };
    private readonly Option<string?> _failOn = BrokenOption.Create("The mildest verdict that counts as broken [default: as the experiment of B says]");
    private readonly Option<bool> _failOnNew = new("--fail-on-new") { Description = "End with exit code 1 where a plan is broken in B and was not in A" };
    private readonly Option<string> _format = OptionTypes.Choice("--format", "A table, one JSON document, or Markdown for a comment", "text", "text", "json", "markdown");
    private readonly Option<string?> _output = new("--output", "-o") { Description = "File to write [default: stdout]", HelpName = "FILE" };

    private ReportDiffCommand(Verb verb)
    {
        verb.Arguments.Add(_first);
        verb.Arguments.Add(_second);
        foreach (Option option in (Option[])[_all, _failOn, _failOnNew, _format, _output]) verb.Options.Add(option);
        verb.SetAction(parsed => (int)Run(parsed));
    }

    public static Verb Create()
    {
        var verb = new Verb("diff", "Compare two runs: newly broken, healed, changed")
        {
            Details = "Plans are compared by their names. Beside the verdicts it tells, with 95 % intervals, in how many turns a plan was broken, how many requests ended as usual, and the rate that it bears; few turns prove " +
                "little, so run with --repeat. Runs of different experiments are compared too, and it is said that they are.",
            Example = "falter report diff falter-runs/before falter-runs/after --fail-on-new",
        };
        _ = new ReportDiffCommand(verb);
        return verb;
    }

    private ExitCode Run(ParseResult parsed)
    {
        RunData first = Read(parsed.GetValue(_first)!), second = Read(parsed.GetValue(_second)!);
        RunDifferences differences = RunDiff.Between(first, second, BrokenOption.Read(parsed.GetValue(_failOn)) ?? RunExperiment.FailOn(second));
        bool all = parsed.GetValue(_all);
        string text = parsed.GetValue(_format) switch
        {
            "json" => RunDiffJson.Write(differences) + "\n",
            "markdown" => RunDiffText.MarkdownOf(differences, all),
            _ => RunDiffText.Table(differences, all),
        };
        if (parsed.GetValue(_output) is { } output) OutputFile.Write(output, text);
        else Console.Write(text);
        return parsed.GetValue(_failOnNew) && differences.NewlyBroken > 0 ? ExitCode.Broke : ExitCode.Held;
    }

    private static RunData Read(string folder)
    {
        RunData run = RunFolderReader.Read(folder);
        return run.Verdict is not null ? run : throw FalterException.Usage("run-not-readable", $"{folder}: the run ended before anything was judged, so there is nothing to compare; try `falter run --resume {folder}`");
    }
}
