using System.CommandLine;
using Falter.Model;
using Falter.Observe;
using Falter.Records;
using Falter.Report;

namespace Falter.Cli;

/// <summary><c>falter models</c>: from what was observed to error models.</summary>
internal sealed class ModelsCommand
{
    private readonly Argument<string?> _source = new("RECORDING")
    {
        Description = "A run folder, a folder of `falter monitor --record`, a samples.jsonl, or Phoebe's query_results.json; none with --prometheus",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly PrometheusOptions _prometheus;
    private readonly ModelOptions _options;

    private readonly Option<TimeSpan> _experiment = OptionTypes.Duration("--experiment-duration", "With --format phoebe: how long Phoebe runs each experiment (Phoebe)", PhoebeConfiguration.StandardDuration);
    private readonly Option<string> _format = OptionTypes.Choice("--format", "A table, one JSON document, models.yaml, or Phoebe's configuration; with -o the file's ending decides", "text", "text", "json", "yaml", "phoebe");
    private readonly Option<string?> _file = new("--output", "-o") { Description = "Write to this file instead of standard output: models.yaml, models.json", HelpName = "FILE" };
    private readonly string _example;

    private ModelsCommand(Verb verb)
    {
        _example = verb.Example;
        verb.Arguments.Add(_source);
        _prometheus = new PrometheusOptions(verb, hasWindow: true);
        _options = new ModelOptions(verb);
        foreach (Option option in (Option[])[_experiment, _format, _file]) verb.Options.Add(option);
        verb.Subcommands.Add(ModelsDiffCommand.Create());
        verb.SetAction(RunAsync);
    }

    public static Command Create(CommandLine commandLine)
    {
        _ = commandLine;
        var verb = new Verb("models", "Derive realistic error models from a recording or a Prometheus")
        {
            Details = "An error that the target met by nature becomes (system call, errno, rate to inject): sporadic ones are raised to the floor, fluctuating ones take their 95th percentile, steady ones " +
                "their 95th percentile times the factor. Intervals in which something was injected are left out. Defaults marked (Phoebe) are Phoebe's. Needs no root.",
            Example = "falter models falter-runs/2026-11-21T091200-nginx",
        };
        _ = new ModelsCommand(verb);
        return verb;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        PrometheusQuery? query = _prometheus.Read(parsed);
        string? path = parsed.GetValue(_source);
        if (query is null && path is null) throw FalterException.Usage("bad-option", $"RECORDING is missing; expected for example {_example}");
        if (query is not null && path is not null) throw FalterException.Usage("bad-option", $"'{path}' and --prometheus: expected one of the two");
        ErrorModelOptions options = _options.Read(parsed);
        IReadOnlyDictionary<string, LanguageRuntime> runtimes = _options.Runtimes(parsed);
        ErrorWindow window = query is not null ? await WindowSource.OfAsync(query, _options.ByProcess(parsed), cancel) : WindowSource.Of(path!, _options.ByProcess(parsed), modelsToo: false);
        var set = ErrorModelSet.Of(window, query?.Source ?? path!, options, runtimes);
        string? file = parsed.GetValue(_file);
        string format = parsed.GetResult(_format) is { Implicit: false } ? parsed.GetValue(_format)! : FormatOf(file);
        string text = Text(set, format, parsed.GetValue(_experiment));
        if (file is null) Console.Write(text);
        else OutputFile.Write(file, text);
        return (int)ExitCode.Held;
    }

    private static string FormatOf(string? file) => Path.GetExtension(file) switch
    {
        ".yaml" or ".yml" => "yaml",
        ".json" => "json",
        _ => "text",
    };

    private static string Text(ErrorModelSet set, string format, TimeSpan experiment)
    {
        int weak = set.Models.Count(m => m.Weak);
        if (format == "phoebe" && weak > 0)
        {
            WindowSource.Talk(Finding.Limits("few-samples", $"{weak} of {set.Models.Count} models are weak, which Phoebe's format cannot say; --format yaml marks them"));
        }
        return format switch
        {
            "json" => ModelsJson.Write(set) + "\n",
            "yaml" => ModelsYaml.Write(set),
            "phoebe" => PhoebeConfiguration.Write(set, experiment) + "\n",
            _ => ModelsTable.Render(set),
        };
    }
}
