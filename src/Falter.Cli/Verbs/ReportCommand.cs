using System.CommandLine;
using Falter.Records;
using Falter.Report;

namespace Falter.Cli;

/// <summary><c>falter report</c>: a run folder again, as text, HTML or JSON.</summary>
internal static class ReportCommand
{
    public static Command Create(CommandLine commandLine)
    {
        _ = commandLine;
        var verb = new Verb("report", "Show a run folder again, as text, HTML or JSON")
        {
            Details = "Reads the run folder alone: it works on any machine, without root, also for runs that were interrupted.",
            Example = "falter report falter-runs/2026-11-21T091200-nginx --format html -o nginx.html",
        };
        var folder = new Argument<string>("RUN") { Description = "A run folder that `falter assess` or `falter demo` wrote" };
        Option<string> format = OptionTypes.Choice("--format", "A table, the page for a browser, or verdict.json", "text", "text", "html", "json");
        var output = new Option<string?>("--output", "-o") { Description = "File to write [default: stdout; html: RUN/report.html]", HelpName = "FILE" };
        verb.Arguments.Add(folder);
        verb.Options.Add(format);
        verb.Options.Add(output);
        verb.SetAction(parsed => (int)Run(parsed.GetValue(folder)!, parsed.GetValue(format)!, parsed.GetValue(output)));
        return verb;
    }

    private static ExitCode Run(string folder, string format, string? output)
    {
        RunData run = RunFolderReader.Read(folder);
        string text = format switch
        {
            "html" => HtmlReport.Render(run),
            "json" => run.Verdict is { } verdict ? VerdictJson.Write(verdict) + Environment.NewLine
                : throw FalterException.Usage("run-not-readable", $"{folder}: the run ended before anything was judged, so there is no verdict to print; try --format text"),
            _ => TextReport.Render(run, colour: output is null && !Console.IsOutputRedirected),
        };
        output ??= format == "html" ? Path.Combine(run.Folder, RunFolderFiles.Report) : null;
        if (output is null) Console.Write(text);
        else OutputFile.Write(output, text);
        return ExitCode.Held;
    }
}

/// <summary>A file that the user named with <c>-o</c>.</summary>
internal static class OutputFile
{
    public static void Write(string path, string text)
    {
        try
        {
            File.WriteAllText(path, text);
            Console.Error.WriteLine($"wrote {Path.GetFullPath(path)}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw FalterException.Usage("folder-not-writable", $"-o {path}: cannot be written ({e.Message.TrimEnd('.')})");
        }
    }
}
