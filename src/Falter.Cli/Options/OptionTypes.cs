using System.CommandLine;
using System.CommandLine.Parsing;
using Falter.Records;

namespace Falter.Cli;

/// <summary>Options whose values have a form of their own; a wrong value is reported with the option's name, what was expected and an example.</summary>
internal static class OptionTypes
{
    private delegate bool TryParse<T>(string text, out T value, out string problem);

    /// <summary>An option that takes a duration with its unit: <c>250ms</c>, <c>10s</c>, <c>1m30s</c>.</summary>
    public static Option<TimeSpan> Duration(string name, string description, TimeSpan byDefault, params string[] aliases) =>
        Of<TimeSpan>(name, $"{description} [default: {Durations.Format(byDefault)}]", "DURATION", Durations.TryParse, aliases, () => byDefault);

    /// <summary>An option that takes a duration and has no default.</summary>
    public static Option<TimeSpan?> OptionalDuration(string name, string description, params string[] aliases) =>
        Of<TimeSpan?>(name, description, "DURATION", (string text, out TimeSpan? value, out string problem) =>
        {
            bool parsed = Durations.TryParse(text, out TimeSpan duration, out problem);
            value = duration;
            return parsed;
        }, aliases, null);

    /// <summary>An option that takes requests per second: <c>200/s</c>.</summary>
    public static Option<double> PerSecond(string name, string description, double byDefault, params string[] aliases) =>
        Of<double>(name, $"{description} [default: {byDefault}/s]", "N/s", (string text, out double value, out string problem) =>
        {
            value = 0;
            problem = $"'{text}' is no rate; expected for example 200/s";
            return text.EndsWith("/s", StringComparison.Ordinal) && double.TryParse(text.AsSpan(0, text.Length - 2), out value) && value > 0 && value <= 1e6;
        }, aliases, () => byDefault);

    /// <summary>An option that takes a share: <c>5%</c> or <c>0.05</c>.</summary>
    public static Option<double> Share(string name, string description, double byDefault, params string[] aliases) =>
        Of<double>(name, $"{description} [default: {Shares.Format(byDefault)}]", "SHARE", Shares.TryParse, aliases, () => byDefault);

    private static Option<T> Of<T>(string name, string description, string valueName, TryParse<T> tryParse, string[] aliases, Func<T>? byDefault)
    {
        var option = new Option<T>(name, aliases) { Description = description, HelpName = valueName, Arity = ArgumentArity.ExactlyOne };
        option.CustomParser = result =>
        {
            if (tryParse(result.Tokens[0].Value, out T value, out string problem)) return value;
            result.AddError($"{name}: {problem}");
            return default!;
        };
        if (byDefault is not null) option.DefaultValueFactory = _ => byDefault();
        return option;
    }
}
