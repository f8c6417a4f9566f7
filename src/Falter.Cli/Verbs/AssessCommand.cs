using System.CommandLine;
using Falter.Records;

namespace Falter.Cli;

/// <summary><c>falter assess</c>: the main job, from observing to report. Makes an experiment of its options, which the run folder keeps, and runs it.</summary>
internal static class AssessCommand
{
    public static Command Create(CommandLine commandLine)
    {
        var verb = new Verb("assess", "Observe a server's natural errors, amplify and inject them one by one, and judge what it survives")
        {
            Details = "Give a target, at least one check, and a workload unless somebody else drives the target. The table goes to standard output; the run folder keeps everything, with report.html for a browser, and with " +
                "plan.yaml, the experiment, which `falter run` takes. A target that is launched is failed through a seccomp filter, which costs other calls hardly anything, and built anew for each fault plan; " +
                "a running one (-p) through ptrace, which slows all of them, and it goes on from plan to plan.",
            Example = "sudo falter assess --check http://127.0.0.1:8080/ --workload http://127.0.0.1:8080/ -- nginx -g 'daemon off;'",
        };
        var assessed = new AssessOptions(verb, commandLine);
        var options = new RunOptions(verb);
        verb.SetAction(async (parsed, cancel) =>
        {
            // 1 read.
            RunChoice choice = options.Read(parsed);
            ExperimentDefinition definition = options.Over(assessed.Read(parsed), parsed);
            return (int)await new ExperimentExecution(choice).RunAsync(definition, only: null, commandLine, cancel);
        });
        return verb;
    }
}
