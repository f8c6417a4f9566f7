using System.CommandLine;
using Falter.Model;
using Falter.Observe;
using Falter.Records;
using Falter.Report;

namespace Falter.Cli;

/// <summary><c>falter models</c>: from a recording to error models.</summary>
internal static class ModelsCommand
{
    public static Command Create(CommandLine commandLine)
    {
        _ = commandLine;
        var standard = new ErrorModelOptions();
        var verb = new Command("models", "Derive realistic error models from a recording");
        var recording = new Argument<string>("RECORDING") { Description = "A run folder, a folder of `falter monitor --record`, or a samples.jsonl" };
        Option<double> floor = OptionTypes.Share("--floor", "An error whose 95th percentile is below this is sporadic, and injected at this rate", standard.Floor);
        var ratio = new Option<double>("--ratio") { Description = "95th over 5th percentile above this makes an error fluctuating", HelpName = "X", DefaultValueFactory = _ => standard.Ratio };
        var factor = new Option<double>("--factor") { Description = "A steady error is injected at its 95th percentile times this", HelpName = "X", DefaultValueFactory = _ => standard.Factor };
        var format = new Option<string>("--format") { Description = "text or json", HelpName = "text|json", DefaultValueFactory = _ => "text" };
        format.AcceptOnlyFromAmong("text", "json");
        verb.Arguments.Add(recording);
        foreach (Option option in new Option[] { floor, ratio, factor, format }) verb.Options.Add(option);
        verb.SetAction(parsed =>
        {
            var options = standard with { Floor = parsed.GetValue(floor), Ratio = AtLeastOne(parsed, ratio), Factor = AtLeastOne(parsed, factor) };
            IReadOnlyList<ErrorModel> models = ErrorModelSynthesizer.Synthesize(SampleReader.Read(parsed.GetValue(recording)!), options);
            Console.Write(parsed.GetValue(format) == "json" ? ModelsJson.Write(models) + Environment.NewLine : ModelsTable.Render(models));
            return (int)ExitCode.Held;
        });
        return verb;
    }

    private static double AtLeastOne(ParseResult parsed, Option<double> option) => parsed.GetValue(option) is >= 1 and var value and < double.PositiveInfinity ? value
        : throw FalterException.Usage("bad-option", $"{option.Name}: expected a number of 1 or more, for example 1.2");
}
