using System.CommandLine;
using Falter.Records;
using Falter.Report;

namespace Falter.Cli;

/// <summary><c>falter init</c>: a commented experiment file for a command.</summary>
internal static class InitCommand
{
    private const string StandardOutput = "-";

    private static readonly Option<string> s_output = new("--output", "-o")
    {
        Description = "The file to write, which must not be there yet; - prints it [default: experiment.yaml]", HelpName = "FILE", DefaultValueFactory = _ => "experiment.yaml",
    };

    private static readonly Option<string[]> s_check = Several("--check", "A URL that must answer 200 to 399, or a command that must end with 0 (may be given several times) [default: that the process lives]");
    private static readonly Option<string[]> s_workload = Several("--workload", "What drives the target: URLs, or commands that are run again and again (may be given several times)");

    public static Command Create(CommandLine commandLine)
    {
        var verb = new Verb("init", "Write a commented experiment file for a command, to be reviewed, edited and run")
        {
            Details = "The command stands after --; without one, the file holds an example. Everything that an experiment can say is in the file, what is not needed as a comment. Nothing is started.",
            Example = "falter init --check http://127.0.0.1:8080/ --workload http://127.0.0.1:8080/ -- nginx -g 'daemon off;'",
        };
        foreach (Option option in new Option[] { s_output, s_check, s_workload }) verb.Options.Add(option);
        verb.SetAction(parsed => (int)Run(commandLine, parsed.GetValue(s_output)!, parsed.GetValue(s_check) ?? [], parsed.GetValue(s_workload) ?? []));
        return verb;
    }

    private static ExitCode Run(CommandLine commandLine, string output, string[] checks, string[] workloads)
    {
        Finding[] mistakes = [.. Mistakes(commandLine.LaunchCommand, output, checks, workloads)];
        if (mistakes.Length > 0) throw new FalterException(mistakes, ExitCode.Usage);
        string text = ExperimentTemplate.Of(commandLine.LaunchCommand, checks, workloads, output == StandardOutput ? "experiment.yaml" : output);
        if (output == StandardOutput) Console.Out.Write(text);
        else Write(text, output);
        return ExitCode.Held;
    }

    private static IEnumerable<Finding> Mistakes(IReadOnlyList<string>? command, string output, string[] checks, string[] workloads)
    {
        if (command is [] or ["", ..]) yield return Finding.Refusal("bad-option", "--: a command is missing; expected for example -- nginx -g 'daemon off;'");
        if (output.Length == 0) yield return Finding.Refusal("bad-option", "--output: the name of a file is missing, the text is empty");
        foreach ((string option, string text) in checks.Select(c => ("--check", c)).Concat(workloads.Select(w => ("--workload", w))))
        {
            string? problem = text.Length == 0 ? "a value is missing, the text is empty" : ExperimentTemplate.LooksLikeUrl(text) ? ExperimentTemplate.ProblemOfUrl(text) : null;
            if (problem is not null) yield return Finding.Refusal("bad-option", $"{option}: {problem}");
        }
    }

    private static void Write(string text, string path)
    {
        try
        {
            using var file = new StreamWriter(new FileStream(path, FileMode.CreateNew, FileAccess.Write));
            file.Write(text);
        }
        catch (IOException) when (Path.Exists(path))
        {
            throw FalterException.Usage("file-exists", $"{path} is there already, and nothing is overwritten; name another file with -o");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw FalterException.Usage("folder-not-writable", $"{path} cannot be written: {e.Message.TrimEnd('.')}");
        }
        Console.Error.WriteLine($"{path} written; `falter run {ShellWords.Join([path])} --dry-run` shows what it would do");
    }

    private static Option<string[]> Several(string name, string description) => new(name) { Description = description, HelpName = "URL|COMMAND", Arity = ArgumentArity.OneOrMore };
}
