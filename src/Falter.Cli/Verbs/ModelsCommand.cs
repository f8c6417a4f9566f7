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
        var verb = new Verb("models", "Derive realistic error models from a recording")
        {
            Details = "An error that the target met by nature becomes (system call, errno, rate to inject): sporadic ones are raised to the floor, fluctuating ones take their 95th percentile, steady ones " +
                "their 95th percentile times the factor. Needs no root.",
            Example = "falter models falter-runs/2026-11-21T091200-nginx",
        };
        var recording = new Argument<string>("RECORDING") { Description = "A run folder, a folder of `falter monitor --record`, or one of their files" };
        Option<double> floor = OptionTypes.Share("--floor", "An error whose 95th percentile is below this is sporadic, and injected at this rate", standard.Floor);
        Option<double> ratio = OptionTypes.Factor("--ratio", "95th over 5th percentile above this makes an error fluctuating", standard.Ratio);
        Option<double> factor = OptionTypes.Factor("--factor", "A steady error is injected at its 95th percentile times this", standard.Factor);
        Option<string> format = OptionTypes.Choice("--format", "A table, or one JSON document", "text", "text", "json");
        verb.Arguments.Add(recording);
        foreach (Option option in new Option[] { floor, ratio, factor, format }) verb.Options.Add(option);
        verb.SetAction(parsed =>
        {
            var options = standard with { Floor = parsed.GetValue(floor), Ratio = parsed.GetValue(ratio), Factor = parsed.GetValue(factor) };
            IReadOnlyList<ErrorModel> models = ErrorModelSynthesizer.Synthesize(SampleReader.Read(parsed.GetValue(recording)!, finding => Console.Error.WriteLine($"falter: {finding}")), options);
            Console.Write(parsed.GetValue(format) == "json" ? ModelsJson.Write(models) + Environment.NewLine : ModelsTable.Render(models));
            return (int)ExitCode.Held;
        });
        return verb;
    }
}
