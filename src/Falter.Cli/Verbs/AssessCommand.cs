using System.CommandLine;
using Falter.Experiment;
using Falter.Records;

namespace Falter.Cli;

/// <summary><c>falter assess</c>: the main job, from observing to report.</summary>
internal static class AssessCommand
{
    public static Command Create(CommandLine commandLine)
    {
        var verb = new Command("assess", "Observe a server's natural errors, amplify and inject them one by one, and judge what it survives");
        var options = new AssessOptions(verb, commandLine);
        var output = new Option<string?>("--output", "-o") { Description = "The run folder to write [default: falter-runs/RUN]", HelpName = "DIR" };
        var failOn = new Option<string>("--fail-on") { Description = "The mildest verdict that ends with exit code 1: degraded, corrupted, hung or crashed", HelpName = "VERDICT", DefaultValueFactory = _ => "corrupted" };
        var dryRun = new Option<bool>("--dry-run") { Description = "Print what would be done, start and touch nothing" };
        var format = new Option<string>("--format") { Description = "What goes to stdout: a table (text) or verdict.json (json)", HelpName = "text|json", DefaultValueFactory = _ => "text" };
        format.AcceptOnlyFromAmong("text", "json");
        failOn.AcceptOnlyFromAmong("degraded", "corrupted", "hung", "crashed");
        foreach (Option option in new Option[] { output, failOn, dryRun, format }) verb.Options.Add(option);
        verb.SetAction(async (parsed, cancel) =>
        {
            // 1 read.
            Assessment assessment = options.Read(parsed);
            if (parsed.GetValue(dryRun))
            {
                AssessmentPlanText.Write(assessment, Console.Out);
                return (int)ExitCode.Held;
            }
            Verdict mildest = Enum.GetValues<Verdict>().Single(v => Words.Of(v) == parsed.GetValue(failOn));
            var run = new AssessmentRun(assessment, commandLine, parsed.GetValue(output), mildest, parsed.GetValue(format) == "json");
            return (int)await run.RunAsync(cancel);
        });
        return verb;
    }
}
