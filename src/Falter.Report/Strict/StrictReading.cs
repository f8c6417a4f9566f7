using System.Globalization;
using Falter.Records;

namespace Falter.Report;

/// <summary>Values out of a map, each with its form checked; what is wrong goes to the list of mistakes, and reading goes on.</summary>
internal sealed class StrictReading
{
    private readonly StrictMap _map;
    private readonly string _what;
    private readonly List<StrictMistake> _mistakes;
    private readonly Dictionary<string, (StrictScalar Key, StrictNode Value)> _entries;

    /// <param name="map">The map.</param>
    /// <param name="what">What the map is, for messages: <c>a model</c>.</param>
    /// <param name="known">Every key that it may have.</param>
    /// <param name="mistakes">Where mistakes go.</param>
    public StrictReading(StrictMap map, string what, IReadOnlyList<string> known, List<StrictMistake> mistakes)
    {
        _map = map;
        _what = what;
        _mistakes = mistakes;
        _entries = map.Entries.ToDictionary(e => e.Key.Value, StringComparer.Ordinal);
        foreach ((StrictScalar key, _) in map.Entries.Where(e => !known.Contains(e.Key.Value, StringComparer.Ordinal)))
        {
            Add(key, $"'{key.Value}' is no key of {what}{NearestNames.Hint(key.Value, known)}{(NearestNames.Of(key.Value, known).Count == 0 ? $"; expected {string.Join(", ", known)}" : "")}");
        }
    }

    /// <summary>The place of a value, or of the map where it has none.</summary>
    public StrictNode Place(string key) => _entries.TryGetValue(key, out (StrictScalar Key, StrictNode Value) entry) ? entry.Value : _map;

    public void Add(StrictNode place, string message) => _mistakes.Add(new StrictMistake(place.Line, place.Column, message));

    /// <summary>Adds a mistake where the key is missing.</summary>
    public bool Require(string key, string example)
    {
        if (_entries.ContainsKey(key)) return true;
        Add(_map, $"{_what} has no {key}; expected for example {key}: {example}");
        return false;
    }

    public string? Text(string key) => Scalar(key, "a text")?.Value;

    public double? Share(string key)
    {
        if (Scalar(key, "a share, for example 0.05 or 5%") is not { } scalar) return null;
        if (scalar.IsPlain && double.TryParse(scalar.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && number is >= 0 and <= 1) return number;
        if (Shares.TryParse(scalar.Value, out double share, out string problem)) return share;
        Add(scalar, $"{key}: {problem}");
        return null;
    }

    /// <summary>A number from <paramref name="least"/> on.</summary>
    public double? Number(string key, double least)
    {
        if (Scalar(key, "a number") is not { } scalar) return null;
        if (scalar.IsPlain && double.TryParse(scalar.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) && number >= least) return number;
        Add(scalar, string.Create(CultureInfo.InvariantCulture, $"{key}: '{scalar.Value}' is no number from {least} on"));
        return null;
    }

    /// <summary>A whole number from 0 on.</summary>
    // Sums of such numbers still fit.
    private const long MostWhole = 1_000_000_000_000_000;

    public long? Whole(string key)
    {
        if (Scalar(key, "a whole number") is not { } scalar) return null;
        if (scalar.IsPlain && long.TryParse(scalar.Value, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number <= MostWhole) return number;
        Add(scalar, $"{key}: '{scalar.Value}' is no whole number from 0 to 10^15");
        return null;
    }

    public bool? Truth(string key)
    {
        if (Scalar(key, "true or false") is not { } scalar) return null;
        if (scalar.IsPlain && scalar.Value is "true" or "false") return scalar.Value == "true";
        Add(scalar, $"{key}: '{scalar.Value}' is neither true nor false");
        return null;
    }

    public T? Word<T>(string key) where T : struct, Enum
    {
        string[] words = [.. Enum.GetValues<T>().Select(Words.Of)];
        if (Scalar(key, string.Join(", ", words)) is not { } scalar) return null;
        if (Words.TryParse(scalar.Value, out T value)) return value;
        Add(scalar, $"{key}: '{scalar.Value}' is not understood; expected {string.Join(", ", words[..^1])} or {words[^1]}");
        return null;
    }

    public StrictMap? Map(string key) => Of<StrictMap>(key, "a map of keys and values");

    public StrictList? List(string key) => Of<StrictList>(key, "a list");

    private StrictScalar? Scalar(string key, string expected) => Of<StrictScalar>(key, expected);

    private T? Of<T>(string key, string expected) where T : StrictNode
    {
        if (!_entries.TryGetValue(key, out (StrictScalar Key, StrictNode Value) entry)) return null;
        if (entry.Value is T found) return found;
        Add(entry.Value, $"{key}: expected {expected}");
        return null;
    }
}
