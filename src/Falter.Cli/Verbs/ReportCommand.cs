using System.CommandLine;
using Falter.Records;
using Falter.Report;

namespace Falter.Cli;

/// <summary><c>falter report</c>: a run folder again, in any form.</summary>
internal sealed class ReportCommand
{
    private readonly Argument<string?> _folder = new("RUN") { Description = "A run folder that `falter run`, `falter assess` or `falter demo` wrote", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string> _format = OptionTypes.Choice("--format", "A table, the page for a browser, verdict.json, Markdown for a comment, or JUnit XML for CI", "text", "text", "html", "json", "markdown", "junit");
    private readonly Option<string?> _output = new("--output", "-o") { Description = "File to write [default: stdout; html: RUN/report.html]", HelpName = "FILE" };
    private readonly Option<string?> _failOn = BrokenOption.Create("With --format junit: the mildest verdict that is a failure [default: as the run's experiment says]");
    private readonly string _example;

    private ReportCommand(Verb verb)
    {
        _example = verb.Example;
        verb.Arguments.Add(_folder);
        foreach (Option option in (Option[])[_format, _output, _failOn]) verb.Options.Add(option);
        verb.Subcommands.Add(ReportDiffCommand.Create());
        verb.SetAction(parsed => (int)Run(parsed));
    }

    public static Command Create(CommandLine commandLine)
    {
        _ = commandLine;
        var verb = new Verb("report", "Show a run folder again, as text, HTML, JSON, Markdown or JUnit XML")
        {
            Details = "Reads the run folder alone: it works on any machine, without root, also for runs that were interrupted or killed, of which it tells the finished turns. `falter report diff` compares two.",
            Example = "falter report falter-runs/2026-11-21T091200-nginx --format html -o nginx.html",
        };
        _ = new ReportCommand(verb);
        return verb;
    }

    private ExitCode Run(ParseResult parsed)
    {
        string folder = parsed.GetValue(_folder) ?? throw FalterException.Usage("bad-option", $"RUN is missing; expected for example {_example}");
        string format = parsed.GetValue(_format)!;
        string? output = parsed.GetValue(_output), failOn = parsed.GetValue(_failOn);
        if (failOn is not null && format != "junit") throw FalterException.Usage("bad-option", "--fail-on: only with --format junit; other forms tell the verdicts as they are");
        RunData run = RunFolderReader.Read(folder);
        string text = format switch
        {
            "html" => HtmlReport.Render(run),
            "json" => run.Verdict is { } verdict ? VerdictJson.Write(verdict) + Environment.NewLine
                : throw FalterException.Usage("run-not-readable", $"{folder}: the run ended before anything was judged, so there is no verdict to print; try --format text"),
            "markdown" => MarkdownReport.Render(run),
            "junit" => JUnitReport.Write(run, BrokenOption.Read(failOn) ?? RunExperiment.FailOn(run)),
            _ => TextReport.Render(run, colour: output is null && !Console.IsOutputRedirected),
        };
        output ??= format == "html" ? Path.Combine(run.Folder, RunFolderFiles.Report) : null;
        if (output is null) Console.Write(text);
        else OutputFile.Write(output, text);
        return ExitCode.Held;
    }
}

/// <summary>What counts as broken where a report is asked.</summary>
internal static class BrokenOption
{
    public static Option<string?> Create(string description) => OptionTypes.OptionalChoice("--fail-on", description, "degraded", "corrupted", "hung", "crashed");

    public static Verdict? Read(string? word) => word is not null && Words.TryParse(word, out Verdict verdict) ? verdict : null;
}
