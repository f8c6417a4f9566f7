using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Falter.Records;

namespace Falter.Report;

/// <summary>The forms of single values.</summary>
internal static partial class Forms
{
    // Longer phases are no experiments, and .NET's timers end at 49 days.
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(30);

    [GeneratedRegex(@"\A[A-Za-z0-9._-]+\z")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"\A[A-Za-z0-9_-]+\z")]
    private static partial Regex RolePattern();

    [GeneratedRegex(@"\A(\[[0-9A-Fa-f:.]+\]|[^\s:/\[\]]+):([0-9]{1,5})\z")]
    private static partial Regex AddressPattern();

    /// <summary>Any text; numbers and truth values are texts here, as they stand.</summary>
    public static readonly ScalarForm<string> Text = OfText("a text", """{"type":["string","number","boolean"],"minLength":1}""", text => text.Length > 0);

    /// <summary>A text that may be empty.</summary>
    public static readonly ScalarForm<string> AnyText = OfText("a text", """{"type":["string","number","boolean"]}""", _ => true);

    /// <summary>The experiment's name.</summary>
    public static readonly ScalarForm<string> Name = OfText("a name of letters, digits, ., _ and -", """{"type":["string","number","boolean"],"pattern":"^[A-Za-z0-9._-]+$"}""", NamePattern().IsMatch);

    /// <summary>A role's name.</summary>
    public static readonly ScalarForm<string> Role = OfText("a name of letters, digits, _ and -", """{"type":["string","number","boolean"],"pattern":"^[A-Za-z0-9_-]+$"}""", RolePattern().IsMatch);

    /// <summary>A URL; <c>${address:ROLE}</c> may stand for its host.</summary>
    public static readonly ScalarForm<string> Url = OfText("a URL of http or https", """{"type":"string","pattern":"^[Hh][Tt][Tt][Pp][Ss]?://[^\\s/]"}""", text =>
        Uri.TryCreate(AddressReferences.Replace(text, "127.0.0.1"), UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https" && !text.Any(char.IsWhiteSpace));

    /// <summary><c>HOST:PORT</c>; <c>${address:ROLE}</c> may stand for the host.</summary>
    public static readonly ScalarForm<string> Address = OfText("an address HOST:PORT", """{"type":"string","pattern":"^\\S+:[0-9]{1,5}$"}""", text =>
        AddressPattern().Match(AddressReferences.Replace(text, "127.0.0.1")) is { Success: true } match && int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture) is > 0 and < 65536);

    /// <summary>A file or folder, relative to the experiment's file.</summary>
    public static readonly ScalarForm<string> Path = OfText("a path", """{"type":["string","number","boolean"],"minLength":1}""", text => text.Length > 0 && !text.Contains('\0', StringComparison.Ordinal));

    public static readonly ScalarForm<string> Pattern = OfText("a regular expression", """{"type":["string","number","boolean"],"minLength":1,"format":"regex"}""", text => text.Length > 0, ProblemOfPattern);

    public static readonly ScalarForm<bool> Truth = new("true or false", """{"type":"boolean"}""", (StrictScalar scalar, out bool value, out string problem) =>
    {
        (value, problem) = (scalar.Value == "true", "");
        return scalar is { IsPlain: true, Value: "true" or "false" };
    });

    public static readonly ScalarForm<ulong> Seed = new("a whole number of 64 bits from 0 on", """{"type":"integer","minimum":0,"maximum":18446744073709551615}""", (StrictScalar scalar, out ulong value, out string problem) =>
    {
        problem = "";
        return ulong.TryParse(scalar.Value, NumberStyles.None, CultureInfo.InvariantCulture, out value) && scalar.IsPlain;
    });

    public static readonly ScalarForm<Signal> Signal = new("a signal", """{"anyOf":[{"type":"integer","minimum":1,"maximum":64},{"type":"string","pattern":"^[A-Za-z0-9]+$"}]}""", (StrictScalar scalar, out Signal value, out string problem) =>
    {
        bool known = Records.Signal.TryParse(scalar.Value, out value);
        problem = known ? "" : $"'{scalar.Value}' is no signal{NearestNames.Hint(scalar.Value, Records.Signal.Names)}";
        return known;
    });

    public static readonly ScalarForm<double> PerSecond = new("a number above 0, at most 1000000", """{"type":"number","exclusiveMinimum":0,"maximum":1000000}""", (StrictScalar scalar, out double value, out string problem) =>
    {
        problem = "";
        return double.TryParse(scalar.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && scalar.IsPlain && value > 0 && value <= 1e6;
    });

    /// <summary>A duration that may be nothing.</summary>
    public static readonly ScalarForm<TimeSpan> Time = Duration(TimeSpan.Zero);

    /// <summary>A duration that takes time.</summary>
    public static readonly ScalarForm<TimeSpan> SomeTime = Duration(TimeSpan.FromTicks(1));

    /// <summary>The pace of something: what is quicker measures itself.</summary>
    public static readonly ScalarForm<TimeSpan> Pace = Duration(TimeSpan.FromMilliseconds(10));

    public static ScalarForm<int> Whole(int least, int most) =>
        new($"a whole number from {least} to {most}", $$"""{"type":"integer","minimum":{{least}},"maximum":{{most}}}""", (StrictScalar scalar, out int value, out string problem) =>
        {
            problem = "";
            return int.TryParse(scalar.Value, NumberStyles.None, CultureInfo.InvariantCulture, out value) && scalar.IsPlain && value >= least && value <= most;
        });

    /// <summary>One of an enum's words.</summary>
    public static ScalarForm<T> Word<T>(params T[] without) where T : struct, Enum
    {
        string[] words = [.. Enum.GetValues<T>().Except(without).Select(Words.Of)];
        return new ScalarForm<T>($"{string.Join(", ", words[..^1])} or {words[^1]}", EnumSchema(words), (StrictScalar scalar, out T value, out string problem) =>
        {
            bool known = Words.TryParse(scalar.Value, out value) && !without.Contains(value);
            problem = known || NearestNames.Of(scalar.Value, words).Count == 0 ? "" : $"'{scalar.Value}' is not understood{NearestNames.Hint(scalar.Value, words)}";
            return known;
        });
    }

    /// <summary>One of a few names.</summary>
    public static ScalarForm<string> OneOf(params string[] words) => OfText($"{string.Join(", ", words[..^1])} or {words[^1]}", EnumSchema(words), text => words.Contains(text, StringComparer.Ordinal),
        text => NearestNames.Of(text, words).Count == 0 || words.Contains(text, StringComparer.Ordinal) ? "" : $"'{text}' is not understood{NearestNames.Hint(text, words)}") with { IsFree = false };

    private static ScalarForm<string> OfText(string type, string schema, Func<string, bool> isRight, Func<string, string>? problemOf = null) =>
        new(type, schema, (StrictScalar scalar, [MaybeNullWhen(false)] out string value, out string problem) =>
        {
            (value, problem) = (scalar.Value, problemOf?.Invoke(scalar.Value) ?? "");
            return problem.Length == 0 && isRight(scalar.Value);
        }) { IsFree = true };

    private static string ProblemOfPattern(string text)
    {
        try
        {
            _ = new Regex(text, RegexOptions.CultureInvariant);
            return "";
        }
        catch (ArgumentException e)
        {
            return $"'{text}' is no regular expression: {e.Message.ReplaceLineEndings(" ").TrimEnd('.')}";
        }
    }

    private static ScalarForm<TimeSpan> Duration(TimeSpan least) =>
        new(least <= TimeSpan.Zero ? "a duration with its unit" : least.Ticks == 1 ? "a duration with its unit, above 0" : $"a duration with its unit, {Durations.Format(least)} or more",
            $$"""{"type":"string","pattern":"^{{(least > TimeSpan.Zero ? "(?=.*[1-9])" : "")}}(([0-9]+\\.?[0-9]*|\\.[0-9]+)(ms|us|µs|h|m|s))+$"}""", (StrictScalar scalar, out TimeSpan value, out string problem) =>
        {
            if (!Durations.TryParse(scalar.Value, out value, out problem)) return false;
            if (value < least) problem = least.Ticks == 1 ? "nothing would happen in no time" : $"{scalar.Value} is too short; at least {Durations.Format(least)}";
            if (value > s_longest) problem = $"{scalar.Value} is too long; at most {Durations.Format(s_longest)}";
            return problem.Length == 0;
        });

    private static string EnumSchema(string[] words) => new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. words.Select(w => (JsonNode)w)]) }.ToJsonString();
}
