using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using Falter.Records;

namespace Falter.Cli;

/// <summary>
/// Options whose values have a form of their own; a wrong value is reported with the option's name, what was expected and an example. The default is part
/// of the description: the library would print it in its own form.
/// </summary>
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

    /// <summary>An option that takes the path of a file.</summary>
    public static Option<string?> File(string name, string description) =>
        Of<string?>(name, description, "FILE", (string text, out string? value, out string problem) =>
        {
            (value, problem) = (text, "the name of a file is missing, the text is empty");
            return text.Length > 0;
        }, [], null);

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

    /// <summary>An option that takes a factor of 1 or more: <c>1.2</c>.</summary>
    public static Option<double> Factor(string name, string description, double byDefault) =>
        Of<double>(name, $"{description} [default: {byDefault}]", "X", (string text, out double value, out string problem) =>
        {
            problem = $"'{text}' is no factor; expected a number of 1 or more, for example {byDefault}";
            return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value) && value >= 1 && double.IsFinite(value);
        }, [], () => byDefault);

    /// <summary>An option that takes a number of things, 1 or more, and has a default.</summary>
    public static Option<int> Count(string name, string description, int byDefault) =>
        Of(name, $"{description} [default: {byDefault}]", "N", Whole(1, byDefault), [], () => byDefault);

    /// <summary>An option that takes a number of things, 1 or more; null where it is not given.</summary>
    public static Option<int?> OptionalCount(string name, string description, int example, params string[] aliases) =>
        Of(name, description, "N", Nullable(Whole(1, example)), aliases, null);

    /// <summary>An option that takes a number from 0 on; null where it is not given.</summary>
    public static Option<int?> OptionalCountFromZero(string name, string description, int example) =>
        Of(name, description, "N", Nullable(Whole(0, example)), [], null);

    /// <summary>An option that takes a seed; null where it is not given.</summary>
    public static Option<ulong?> Seed(string description) => Of("--seed", $"{description} [default: drawn, and printed]", "N", Nullable(Whole(0UL, 7UL)), [], null);

    /// <summary>An option that takes one of a few words; the first is the default.</summary>
    public static Option<string> Choice(string name, string description, string byDefault, params string[] words) =>
        Of<string>(name, $"{description} [default: {byDefault}]", string.Join('|', words), (string text, out string value, out string problem) =>
        {
            value = text;
            problem = $"'{text}' is not understood; expected {string.Join(", ", words[..^1])} or {words[^1]}";
            return words.Contains(text, StringComparer.Ordinal);
        }, [], () => byDefault);

    /// <summary>An option that takes one of a few words; null where it is not given.</summary>
    public static Option<string?> OptionalChoice(string name, string description, params string[] words) =>
        Of<string?>(name, description, string.Join('|', words), (string text, out string? value, out string problem) =>
        {
            value = text;
            problem = $"'{text}' is not understood; expected {string.Join(", ", words[..^1])} or {words[^1]}";
            return words.Contains(text, StringComparer.Ordinal);
        }, [], null);

    /// <summary>An option that takes process numbers and may be given several times.</summary>
    public static Option<int[]> Pids(string name, string description, params string[] aliases)
    {
        var option = new Option<int[]>(name, aliases) { Description = description, HelpName = "PID", Arity = ArgumentArity.OneOrMore };
        option.CustomParser = result =>
        {
            TryParse<int> whole = Whole(1, 1234);
            var pids = new List<int>();
            foreach (Token token in result.Tokens)
            {
                if (whole(token.Value, out int pid, out _)) pids.Add(pid);
                else result.AddError($"{name}: '{token.Value}' is no process number; expected for example {name} 1234, as `pgrep nginx` prints it");
            }
            return [.. pids];
        };
        return option;
    }

    /// <summary>An option that takes a number of 0 or more.</summary>
    public static Option<double> Number(string name, string description, double byDefault) =>
        Of<double>(name, string.Create(CultureInfo.InvariantCulture, $"{description} [default: {byDefault}]"), "X", (string text, out double value, out string problem) =>
        {
            problem = string.Create(CultureInfo.InvariantCulture, $"'{text}' is no number of 0 or more; expected for example {byDefault}");
            return double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out value) && value >= 0 && double.IsFinite(value);
        }, [], () => byDefault);

    /// <summary>An option that takes a point in time: unix time in seconds, or RFC 3339 with its zone.</summary>
    public static Option<DateTimeOffset?> Time(string name, string description) =>
        Of<DateTimeOffset?>(name, description, "TIME", (string text, out DateTimeOffset? value, out string problem) =>
        {
            bool parsed = PointsInTime.TryParse(text, out DateTimeOffset time, out problem);
            value = time;
            return parsed;
        }, [], null);

    /// <summary>An option that takes the URL of an HTTP server.</summary>
    public static Option<Uri?> HttpUrl(string name, string description, string example) =>
        Of<Uri?>(name, description, "URL", (string text, out Uri? value, out string problem) =>
        {
            problem = $"'{text}' is no URL; expected for example {example}";
            return Uri.TryCreate(text, UriKind.Absolute, out value) && value.Scheme is "http" or "https";
        }, [], null);

    /// <summary>An option that takes words out of a few, parted by commas, and may be given several times.</summary>
    public static Option<string[]> Words(string name, string description, params string[] words)
    {
        var option = new Option<string[]>(name) { Description = description, HelpName = "WORD,…", Arity = ArgumentArity.OneOrMore };
        option.CustomParser = result =>
        {
            string[] given = [.. result.Tokens.SelectMany(t => t.Value.Split(','))];
            foreach (string word in given.Where(w => !words.Contains(w, StringComparer.Ordinal)))
            {
                result.AddError($"{name}: '{word}' is not understood{NearestNames.Hint(word, words)}; expected {string.Join(", ", words[..^1])} or {words[^1]}");
            }
            return given;
        };
        return option;
    }

    private static TryParse<T> Whole<T>(T least, T example) where T : struct, INumber<T> => (string text, out T value, out string problem) =>
    {
        problem = $"'{text}' is no whole number from {least} on; expected for example {example}";
        return T.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= least;
    };

    private static TryParse<T?> Nullable<T>(TryParse<T> parse) where T : struct => (string text, out T? value, out string problem) =>
    {
        bool parsed = parse(text, out T read, out problem);
        value = read;
        return parsed;
    };

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
