using System.CommandLine;
using Falter.Experiment;
using Falter.Records;

namespace Falter.Cli;

/// <summary><c>falter assess</c>: the main job, from observing to report.</summary>
internal static class AssessCommand
{
    public static Command Create(CommandLine commandLine)
    {
        var verb = new Verb("assess", "Observe a server's natural errors, amplify and inject them one by one, and judge what it survives")
        {
            Details = "Give a target, at least one check, and a workload unless somebody else drives the target. The table goes to standard output; the run folder keeps everything, with report.html for a browser. " +
                "A target that is launched is failed through a seccomp filter, which costs other calls hardly anything; a running one (-p) through ptrace, which slows all of them.",
            Example = "sudo falter assess --check http://127.0.0.1:8080/ --workload http://127.0.0.1:8080/ -- nginx -g 'daemon off;'",
        };
        var options = new AssessOptions(verb, commandLine);
        var output = new Option<string?>("--output", "-o") { Description = "The run folder to write [default: falter-runs/RUN]", HelpName = "DIR" };
        Option<string> failOn = OptionTypes.Choice("--fail-on", "The mildest verdict that ends with exit code 1", "corrupted", "degraded", "corrupted", "hung", "crashed");
        var dryRun = new Option<bool>("--dry-run") { Description = "Print what would be done, start and touch nothing" };
        Option<string> format = OptionTypes.Choice("--format", "What goes to standard output: a table, or verdict.json", "text", "text", "json");
        var export = new ExportOptions(verb);
        foreach (Option option in new Option[] { output, failOn, dryRun, format }) verb.Options.Add(option);
        verb.SetAction(async (parsed, cancel) =>
        {
            // 1 read.
            Assessment assessment = options.Read(parsed);
            ExportChoice? exported = export.Read(parsed);
            if (parsed.GetValue(dryRun))
            {
                AssessmentPlanText.Write(assessment, Console.Out);
                return (int)ExitCode.Held;
            }
            Verdict mildest = Enum.GetValues<Verdict>().Single(v => Words.Of(v) == parsed.GetValue(failOn));
            var run = new AssessmentRun(assessment, commandLine, parsed.GetValue(output), mildest, parsed.GetValue(format) == "json", exported);
            return (int)await run.RunAsync(cancel);
        });
        return verb;
    }
}
