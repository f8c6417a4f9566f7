using System.CommandLine;
using Falter.Model;
using Falter.Observe;
using Falter.Records;
using Falter.Report;

namespace Falter.Cli;

/// <summary><c>falter models diff</c>: what changed between two windows or versions.</summary>
internal sealed class ModelsDiffCommand
{
    private static readonly ErrorRateDiffOptions s_standard = new();

    private readonly Argument<string> _first = new("A") { Description = "What was before: a run folder, a recording, a models file, Phoebe's query_results.json; with --prometheus a window, START..END" };
    private readonly Argument<string> _second = new("B") { Description = "What is compared with it" };
    private readonly PrometheusOptions _prometheus;
    private readonly Option<double> _level = OptionTypes.Share("--level", "The chance of calling any difference significant that is none, over all comparisons (Holm)", s_standard.Level);
    private readonly Option<double> _threshold = OptionTypes.Factor("--threshold", "Rates that differ by less than this factor count as the same", s_standard.Threshold);
    private readonly Option<bool> _together = new("--together") { Description = "Take the processes of each side together instead of apart" };
    private readonly Option<bool> _all = new("--all") { Description = "Show also what did not change" };
    private readonly Option<bool> _fail = new("--fail-on-change") { Description = "End with exit code 1 where anything changed significantly" };
    private readonly Option<string> _format = OptionTypes.Choice("--format", "A table, or one JSON document", "text", "text", "json");

    private ModelsDiffCommand(Verb verb)
    {
        verb.Arguments.Add(_first);
        verb.Arguments.Add(_second);
        _prometheus = new PrometheusOptions(verb, hasWindow: false);
        foreach (Option option in (Option[])[_level, _threshold, _together, _all, _fail, _format]) verb.Options.Add(option);
        verb.SetAction(RunAsync);
    }

    public static Verb Create()
    {
        var verb = new Verb("diff", "Compare the natural errors of two windows or versions")
        {
            Details = "Tells which errors are new, which vanished, and which became significantly more or less frequent, by Fisher's exact test of failures and calls. The test takes calls for independent " +
                "of each other; where errors come in bursts, raise --threshold. A models file knows no calls without errors, so that what is new against it cannot be tested.",
            Example = "falter models diff falter-runs/before falter-runs/after --fail-on-change",
        };
        _ = new ModelsDiffCommand(verb);
        return verb;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        var options = new ErrorRateDiffOptions { Level = parsed.GetValue(_level), Threshold = parsed.GetValue(_threshold) };
        bool byProcess = !parsed.GetValue(_together);
        (string firstName, ErrorWindow first) = await ReadAsync(parsed, parsed.GetValue(_first)!, byProcess, cancel);
        (string secondName, ErrorWindow second) = await ReadAsync(parsed, parsed.GetValue(_second)!, byProcess, cancel);
        if (byProcess && first.IsTogether != second.IsTogether)
        {
            WindowSource.Talk(Finding.Note("processes-together", $"{(first.IsTogether ? firstName : secondName)} does not keep its processes apart, so those of the other side are taken together too"));
            (first, second) = (ErrorWindows.Together(first), ErrorWindows.Together(second));
        }
        IReadOnlyList<ErrorRateDifference> differences = ErrorRateDiff.Between(first, second, options);
        Console.Write(parsed.GetValue(_format) == "json" ? ModelsDiffText.Json(firstName, secondName, options, differences) + "\n" : ModelsDiffText.Table(firstName, secondName, options, differences, parsed.GetValue(_all)));
        return (int)(parsed.GetValue(_fail) && differences.Any(d => d.Significant) ? ExitCode.Broke : ExitCode.Held);
    }

    private async Task<(string Name, ErrorWindow Window)> ReadAsync(ParseResult parsed, string source, bool byProcess, CancellationToken cancel)
    {
        PrometheusQuery? query = _prometheus.Read(parsed, source);
        return query is null ? (source, WindowSource.Of(source, byProcess, modelsToo: true)) : (query.Source, await WindowSource.OfAsync(query, byProcess, cancel));
    }
}
