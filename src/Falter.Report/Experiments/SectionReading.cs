using Falter.Records;

namespace Falter.Report;

/// <summary>Values out of a map, each read by the form that the table of fields gives it; what is wrong goes to the mistakes, and reading goes on.</summary>
internal sealed class SectionReading
{
    private readonly StrictMap _map;
    private readonly FieldSection _section;
    private readonly ExperimentReading _reading;
    private readonly Dictionary<string, (StrictScalar Key, StrictNode Value)> _entries;
    private readonly int _mistakesBefore;

    public SectionReading(StrictMap map, FieldSection section, ExperimentReading reading)
    {
        (_map, _section, _reading, _mistakesBefore) = (map, section, reading, reading.Mistakes);
        _entries = map.Entries.ToDictionary(e => e.Key.Value, StringComparer.Ordinal);
        string[] known = [.. section.Fields.Select(f => f.Key)];
        foreach ((StrictScalar key, _) in map.Entries.Where(e => !known.Contains(e.Key.Value, StringComparer.Ordinal)))
        {
            string hint = NearestNames.Hint(key.Value, known);
            reading.Add(key, $"'{key.Value}' is no key of {section.What}{(hint.Length > 0 ? hint : $"; expected {string.Join(", ", known)}")}");
        }
        foreach (Field field in section.Fields.Where(f => f.IsRequired && !_entries.ContainsKey(f.Key))) reading.Add(map, $"{section.What} has no {field.Key}; {field.ForExample}");
    }

    /// <summary>Whether nothing was wrong since it was begun.</summary>
    public bool IsReadable => _reading.Mistakes == _mistakesBefore;

    public bool Has(string key) => _entries.ContainsKey(key);

    /// <summary>The place of a value, or of the map where it has none.</summary>
    public StrictNode Place(string key) => _entries.TryGetValue(key, out (StrictScalar Key, StrictNode Value) entry) ? entry.Value : _map;

    /// <summary>The place of a key, or of the map where it has none.</summary>
    public StrictNode PlaceOfKey(string key) => _entries.TryGetValue(key, out (StrictScalar Key, StrictNode Value) entry) ? entry.Key : _map;

    /// <summary>The value, or what is taken where it is missing or wrong.</summary>
    public T Get<T>(string key, T otherwise) => TryGet(key, out T? value) ? value : otherwise;

    /// <summary>The value; null where it is missing or wrong.</summary>
    public T? Maybe<T>(string key) where T : struct => TryGet(key, out T value) ? value : null;

    /// <summary>The text; null where it is missing or wrong.</summary>
    public string? Text(string key) => TryGet(key, out string? value) ? value : null;

    /// <summary>The map; null where it is missing or wrong.</summary>
    public StrictMap? Map(string key) => TryGet(key, out StrictMap? value) ? value : null;

    /// <summary>The items; none where they are missing or wrong.</summary>
    public IReadOnlyList<StrictNode> Items(string key) => Get<IReadOnlyList<StrictNode>>(key, []);

    private bool TryGet<T>(string key, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out T? value)
    {
        Field field = _section[key];
        value = default;
        return _entries.TryGetValue(key, out (StrictScalar Key, StrictNode Value) entry) && ((FieldForm<T>)field.Form).TryRead(entry.Value, field, _reading, out value) && value is not null;
    }
}
