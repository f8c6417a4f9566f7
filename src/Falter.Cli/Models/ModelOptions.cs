using System.CommandLine;
using Falter.Model;
using Falter.Records;

namespace Falter.Cli;

/// <summary>The options of the rules: every constant with its default and where that comes from.</summary>
internal sealed class ModelOptions
{
    public const string Processes = "processes";

    private static readonly ErrorModelOptions s_standard = new();

    private readonly Option<string> _rule = OptionTypes.Choice("--rule", "ratio: Phoebe as coded; variance: Phoebe as its paper and talk describe it", "ratio", "ratio", "variance");
    private readonly Option<double> _floor = OptionTypes.Share("--floor", "An error whose 95th percentile is below this is sporadic, and injected at this rate (Phoebe)", s_standard.Floor);
    private readonly Option<double> _ratio = OptionTypes.Factor("--ratio", "95th over 5th percentile above this makes an error fluctuating, by the ratio rule (Phoebe)", s_standard.Ratio);
    private readonly Option<double> _variance = OptionTypes.Number("--variance", "A variance of the rates above this makes an error fluctuating, by the variance rule (Phoebe)", s_standard.Variance);
    private readonly Option<double> _factor = OptionTypes.Factor("--factor", "A steady error is injected at its 95th percentile times this (Phoebe)", s_standard.Factor);
    private readonly Option<int> _intervals = OptionTypes.Count("--minimum-intervals", "Fewer intervals with the error make a model weak (Falter)", s_standard.MinimumIntervals);
    private readonly Option<int> _failures = OptionTypes.Count("--minimum-failures", "Fewer failures make a model weak (Falter)", (int)s_standard.MinimumFailures);
    private readonly Option<int> _invocations = OptionTypes.Count("--minimum-invocations", "Fewer calls make a model weak (Falter)", (int)s_standard.MinimumInvocations);
    private readonly Option<string[]> _without = OptionTypes.Words("--without",
        "Leave out what Falter adds to Phoebe: weighted (rates by calls), wilson (intervals), minimums (weak models), calibration (of the drawn probability for natural errors), marks, bursts, " +
        "processes (kept apart), or all", "weighted", "wilson", "minimums", "calibration", "marks", "bursts", Processes, "all");
    private readonly Option<string[]> _runtimes = new("--runtime")
    {
        Description = "The language's runtime of a process (go, dotnet, other), whose own calls are marked [default: inferred from the calls]; may be given several times",
        HelpName = "PROCESS=RUNTIME",
        Arity = ArgumentArity.OneOrMore,
    };

    public ModelOptions(Verb verb)
    {
        foreach (Option option in (Option[])[_rule, _floor, _ratio, _variance, _factor, _intervals, _failures, _invocations, _without, _runtimes]) verb.Options.Add(option);
    }

    /// <summary>Whether the processes of an observation are kept apart.</summary>
    public bool ByProcess(ParseResult parsed) => !Without(parsed, Processes);

    public ErrorModelOptions Read(ParseResult parsed)
    {
        bool minimums = !Without(parsed, "minimums");
        return new ErrorModelOptions
        {
            Rule = Words.TryParse(parsed.GetValue(_rule)!, out ErrorModelRule rule) ? rule : ErrorModelRule.Ratio,
            Floor = parsed.GetValue(_floor),
            Ratio = parsed.GetValue(_ratio),
            Variance = parsed.GetValue(_variance),
            Factor = parsed.GetValue(_factor),
            MinimumIntervals = minimums ? parsed.GetValue(_intervals) : 0,
            MinimumFailures = minimums ? parsed.GetValue(_failures) : 0,
            MinimumInvocations = minimums ? parsed.GetValue(_invocations) : 0,
            Weighted = !Without(parsed, "weighted"),
            Intervals = !Without(parsed, "wilson"),
            Calibrated = !Without(parsed, "calibration"),
            Marks = !Without(parsed, "marks"),
            Bursts = !Without(parsed, "bursts"),
        };
    }

    /// <summary>The runtimes that the user named, by process.</summary>
    public IReadOnlyDictionary<string, LanguageRuntime> Runtimes(ParseResult parsed)
    {
        var named = new Dictionary<string, LanguageRuntime>(StringComparer.Ordinal);
        var mistakes = new List<Finding>();
        foreach (string text in parsed.GetValue(_runtimes) ?? [])
        {
            int equals = text.LastIndexOf('=');
            if (equals >= 0 && Words.TryParse(text[(equals + 1)..], out LanguageRuntime runtime)) named[text[..equals]] = runtime;
            else mistakes.Add(Finding.Refusal("bad-option", $"--runtime: '{text}' is not understood; expected PROCESS=go, PROCESS=dotnet or PROCESS=other, for example --runtime etcd=go"));
        }
        return mistakes.Count == 0 ? named : throw new FalterException(mistakes, ExitCode.Usage);
    }

    private bool Without(ParseResult parsed, string word) => parsed.GetValue(_without) is { } words && (words.Contains(word, StringComparer.Ordinal) || words.Contains("all", StringComparer.Ordinal));
}
