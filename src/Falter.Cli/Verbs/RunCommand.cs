using System.CommandLine;
using Falter.Records;
using Falter.Report;

namespace Falter.Cli;

/// <summary><c>falter run</c>: an experiment that was written down.</summary>
internal static class RunCommand
{
    public static Command Create(CommandLine commandLine)
    {
        var verb = new Verb("run", "Run an experiment file: build its system, run its fault plans one by one, judge what became of it")
        {
            Details = "The file is YAML; `falter init` writes one for a command, `falter schema` prints its schema. Options take the place of what the file says. The table goes to standard output; the run folder keeps " +
                "everything, with report.html for a browser. A run that was interrupted in whatever way goes on with --resume: finished plans are kept, the one that was cut off is run anew.",
            Example = "sudo falter run experiment.yaml --repeat 3",
        };
        var file = new Argument<string?>("FILE") { Description = "The experiment; left out with --resume", Arity = ArgumentArity.ZeroOrOne };
        var resume = new Option<string?>("--resume") { Description = "Go on with the interrupted run of this run folder", HelpName = "DIR" };
        var only = new Option<string?>("--only") { Description = "Run only the plans whose names match", HelpName = "GLOB" };
        verb.Arguments.Add(file);
        verb.Options.Add(resume);
        verb.Options.Add(only);
        var options = new RunOptions(verb);
        verb.SetAction(async (parsed, cancel) =>
        {
            // 1 read.
            RunChoice choice = options.Read(parsed);
            if (commandLine.LaunchCommand is not null) throw FalterException.Usage("bad-option", "--: the file names what is launched; `falter assess` takes a command, for example: falter assess --check URL -- nginx");
            if (parsed.GetValue(resume) is { } folder)
            {
                RequireAlone(parsed.GetValue(file), [.. options.Changing(parsed), .. parsed.GetValue(only) is null ? Array.Empty<string>() : ["--only"]]);
                return (int)await new ExperimentExecution(choice).ResumeAsync(folder, cancel);
            }
            string path = parsed.GetValue(file) ?? throw FalterException.Usage("bad-option", "FILE is missing; expected for example: falter run experiment.yaml, or --resume RUN_FOLDER");
            if (parsed.GetValue(only) is { } glob && !Glob.TryParse(glob, out _, out string problem)) throw FalterException.Usage("bad-option", $"--only: {problem}");
            ExperimentDefinition definition = options.Over(ExperimentFile.Read(path), parsed);
            return (int)await new ExperimentExecution(choice).RunAsync(definition, parsed.GetValue(only), commandLine, cancel);
        });
        return verb;
    }

    private static void RequireAlone(string? file, IReadOnlyList<string> changing)
    {
        if (file is not null) throw FalterException.Usage("bad-option", $"--resume: the run folder holds its experiment; leave out '{file}'");
        if (changing.Count > 0) throw FalterException.Usage("bad-option", $"--resume: a run goes on as it began; leave out {string.Join(", ", changing)}");
    }
}
