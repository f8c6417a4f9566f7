using System.Globalization;
using System.Text;
using Falter.Model;
using Falter.Records;

namespace Falter.Report;

/// <summary>
/// Error models as YAML for people: to be reviewed, edited and handed to <c>falter inject --models</c>. Written by hand rather than by a serializer, because each model has a comment
/// that says where its numbers come from.
/// </summary>
public static class ModelsYaml
{
    private const string Head = """
        # Error models, as `falter models` derived them. Meant to be reviewed and edited: `falter inject --models FILE` takes this file and refuses what it does not understand.
        # injected_rate is the share of calls that is to fail in all; injection_probability is what has to be drawn for that while natural errors go on, and is what is injected
        # (without it: injected_rate). weak models rest on too few natural errors and are left out unless asked for.

        """;

    /// <summary>The document; <see cref="ModelsFile"/> reads it.</summary>
    public static string Write(ErrorModelSet set)
    {
        var text = new StringBuilder(Head);
        Line(text, $"# {OneLine(ModelsTable.RuleLine(set.Options))}");
        Line(text, $"version: {ModelsDocument.CurrentVersion}");
        Line(text, $"rule: {Words.Of(set.Options.Rule)}");
        Constants(text, set.Options);
        Line(text, $"source: {Quoted(set.Source)}");
        Line(text, $"intervals: {set.Intervals}");
        Line(text, $"left_out_intervals: {set.LeftOut}  # something was injected in them");
        Line(text, $"lost: {set.Lost}  # calls that could not be counted");
        text.Append(set.Models.Count == 0 ? "models: []\n" : "models:\n");
        foreach (ErrorModel model in set.Models) Model(text, model, set.Options);
        return text.ToString();
    }

    private static void Constants(StringBuilder text, ErrorModelOptions o)
    {
        text.Append("constants:\n");
        Line(text, $"  floor: {Number(o.Floor)}  # Phoebe's 0.05");
        Line(text, $"  ratio: {Number(o.Ratio)}  # Phoebe's 10, of its ratio rule");
        Line(text, $"  variance: {Number(o.Variance)}  # Phoebe's 0.001, of its variance rule");
        Line(text, $"  factor: {Number(o.Factor)}  # Phoebe's 1.2");
        Line(text, $"  minimum_intervals: {o.MinimumIntervals}  # below any of these three a model is weak");
        Line(text, $"  minimum_failures: {o.MinimumFailures}");
        Line(text, $"  minimum_invocations: {o.MinimumInvocations}");
    }

    private static void Model(StringBuilder text, ErrorModel m, ErrorModelOptions options)
    {
        NaturalError n = m.Natural;
        string interval = n is { RateLow: { } low, RateHigh: { } high } ? $", 95 % interval {Shares.Format(low)} to {Shares.Format(high)}" : "";
        text.Append('\n');
        Line(text, $"  # {OneLine(m.Process.Length > 0 ? $"{m.Process}: " : "")}{n.Failures} of {n.Invocations} calls failed so by nature ({Shares.Format(n.OverallRate())}{interval}), in {n.Intervals} interval{(n.Intervals == 1 ? "" : "s")}.");
        Line(text, $"  # {Reason(m, options)}");
        Line(text, $"  - process: {Quoted(m.Process)}");
        Line(text, $"    syscall: {m.Syscall}");
        Line(text, $"    errno: {m.Errno}");
        Line(text, $"    class: {Words.Of(m.Class)}");
        Line(text, $"    injected_rate: {Number(m.InjectedRate)}");
        if (m.InjectionProbability is { } p) Line(text, $"    injection_probability: {Number(p)}  # ({Shares.Format(m.InjectedRate)} - {Shares.Format(n.OverallRate())}) / (1 - {Shares.Format(n.OverallRate())})");
        Line(text, $"    weak: {Word(m.Weak)}");
        Line(text, $"    normal_outcome: {Word(m.NormalOutcome)}{(m.NormalOutcome ? "  # programs meet it in ordinary operation" : "")}");
        if (m.RuntimeInternal is { } runtime) Line(text, $"    runtime_internal: {Word(runtime)}{(runtime ? "  # tests the language's runtime more than the application" : "")}");
        text.Append("    natural:\n");
        Natural(text, n);
    }

    private static void Natural(StringBuilder text, NaturalError n)
    {
        Line(text, $"      failures: {n.Failures}");
        Line(text, $"      invocations: {n.Invocations}");
        Line(text, $"      intervals: {n.Intervals}  # with the error; the rates are of these");
        Line(text, $"      rate_p5: {Number(n.RateP5)}");
        Line(text, $"      rate_mean: {Number(n.RateMean)}");
        Line(text, $"      rate_p95: {Number(n.RateP95)}");
        Line(text, $"      variance: {Number(n.Variance)}");
        if (n.RateWeighted is { } weighted) Line(text, $"      rate_weighted: {Number(weighted)}  # failures / invocations");
        if (n.RateLow is { } low) Line(text, $"      rate_low: {Number(low)}");
        if (n.RateHigh is { } high) Line(text, $"      rate_high: {Number(high)}");
        if (n.Bursts is not { } bursts) return;
        Line(text, $"      bursts:  # runs of consecutive calls of one thread that failed so");
        Line(text, $"        runs: {bursts.Runs}");
        Line(text, $"        mean_length: {Number(bursts.MeanLength)}");
        Line(text, $"        mean_spacing: {Number(bursts.MeanSpacing)}");
    }

    private static string Reason(ErrorModel m, ErrorModelOptions o)
    {
        NaturalError n = m.Natural;
        string spread = o.Rule == ErrorModelRule.Ratio ? $"p95 / p5 = {(n.RateP95 / n.RateP5).ToString("G3", CultureInfo.InvariantCulture)}" : $"variance {n.Variance.ToString("G3", CultureInfo.InvariantCulture)}";
        return m.Class switch
        {
            ErrorModelClass.Sporadic => $"sporadic: p95 = {Shares.Format(n.RateP95)}; raised to the floor",
            ErrorModelClass.Fluctuating => $"fluctuating: {spread}; injected at p95",
            _ => $"steady: {spread}; injected at p95 {Shares.Format(n.RateP95)} x {Number(o.Factor)}, at most 1",
        };
    }

    private static void Line(StringBuilder text, string line) => text.Append(line).Append('\n');

    // The shortest form that reads back as the same number; YAML 1.2 takes 1E-05 as a number only with a dot or sign, which this form has.
    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Word(bool value) => value ? "true" : "false";

    // JSON's strings are YAML's double-quoted ones.
    private static string Quoted(string text) => System.Text.Json.JsonSerializer.Serialize(text, ModelsYamlText.Default.String);

    // A name in a comment must not end the comment.
    private static string OneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) || c is '\u2028' or '\u2029' or '\u0085' ? ' ' : c));
}

[System.Text.Json.Serialization.JsonSerializable(typeof(string))]
internal sealed partial class ModelsYamlText : System.Text.Json.Serialization.JsonSerializerContext;
