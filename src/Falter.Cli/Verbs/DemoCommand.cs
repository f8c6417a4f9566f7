using System.CommandLine;
using Falter.Records;

namespace Falter.Cli;

/// <summary><c>falter demo</c>: the main job on an nginx of its own, in about two minutes.</summary>
internal static class DemoCommand
{
    public static Command Create(CommandLine commandLine)
    {
        _ = commandLine;
        var verb = new Verb("demo", "Assess an nginx of its own, in about two minutes")
        {
            Details = "Needs root and nginx, which ./falter installs. nginx serves on the loopback interface only and is gone afterwards; the run folder stays. " +
                "What nginx does not survive is the demonstration's result: the exit code is 0.",
            Example = "sudo ./falter demo",
        };
        var output = new Option<string?>("--output", "-o") { Description = "The run folder to write [default: falter-runs/RUN]", HelpName = "DIR" };
        verb.Options.Add(output);
        verb.SetAction(async (parsed, cancel) => (int)await RunAsync(parsed.GetValue(output), cancel));
        return verb;
    }

    private static async Task<ExitCode> RunAsync(string? output, CancellationToken cancel)
    {
        using var site = new DemoSite();
        string[] arguments =
        [
            "assess", "--check", $"{site.Url}/", .. DemoSite.Pages.SelectMany(p => new[] { "--workload", $"{site.Url}{p}" }), "--rate", "200/s",
            "--observe", "20s", "--baseline", "8s", "--inject", "8s", "--recover", "3s", "--max-models", "6", "--seed", "7", "--keep",
            "--", "nginx", "-p", site.Folder, "-c", "nginx.conf", "-e", "error.log", "-g", "daemon off;",
        ];
        await Console.Error.WriteLineAsync($"demo: nginx with some pages there and some missing, assessed by\n    falter {ShellWords.Join(arguments)}");
        CommandLine own = CommandLine.Split(arguments);
        var verb = new Command("assess");
        var assessed = new AssessOptions(verb, own);
        var options = new RunOptions(verb);
        ParseResult parsed = verb.Parse([.. own.OwnArguments.Skip(1)]);
        ExperimentDefinition definition = options.Over(assessed.Read(parsed), parsed);
        ExitCode ended = await new ExperimentExecution(options.Read(parsed) with { Output = output }).RunAsync(definition, only: null, own, cancel);
        // What nginx does not survive is the demonstration's result, not its failure.
        return ended == ExitCode.Broke ? ExitCode.Held : ended;
    }
}
