using System.Diagnostics.CodeAnalysis;

namespace Falter.Records;

/// <summary>Reads one value.</summary>
/// <param name="text">What was written.</param>
/// <param name="value">The value.</param>
/// <param name="problem">What is wrong and an example, where the result is false.</param>
internal delegate bool ReadValue<T>(string text, [MaybeNullWhen(false)] out T value, out string problem);

/// <summary>Values out of a fault's fields, each with its form checked; what is wrong goes to the list of mistakes, and reading goes on.</summary>
internal sealed class FaultReading
{
    private readonly FaultFields _fields;
    private readonly string _example;
    private readonly ICollection<Finding> _mistakes;
    private readonly int _mistakesBefore;

    /// <param name="fields">The fields.</param>
    /// <param name="known">Every key that they may have; <c>argN</c> allows any argument, any number of times.</param>
    /// <param name="example">A whole fault of this kind.</param>
    /// <param name="mistakes">Where mistakes go.</param>
    public FaultReading(FaultFields fields, IReadOnlyList<string> known, string example, ICollection<Finding> mistakes)
    {
        (_fields, _example, _mistakes, _mistakesBefore) = (fields, example, mistakes, mistakes.Count);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (FaultField field in fields.Fields)
        {
            bool isKnown = known.Contains(field.IsArgument ? "argN" : field.Key, StringComparer.Ordinal);
            if (!isKnown) Refuse(field, NotUnderstood(field, known));
            else if (!field.IsArgument && !seen.Add(field.Key)) Refuse(field, $"{field.Key} is given twice");
        }
    }

    /// <summary>Whether everything was in order so far.</summary>
    public bool IsFlawless => _mistakes.Count == _mistakesBefore;

    /// <summary>The comparisons with arguments, in order.</summary>
    public IEnumerable<FaultField> Arguments => _fields.Fields.Where(f => f.IsArgument);

    public bool Has(string key) => Find(key) is not null;

    /// <summary>The first of these keys that is given; null where none is.</summary>
    public string? AnyOf(IEnumerable<string> keys) => keys.FirstOrDefault(Has);

    /// <summary>Adds a mistake of the whole fault.</summary>
    public void Refuse(string message) => _mistakes.Add(Finding.Refusal("bad-rule", $"{_fields.Place}: {message}"));

    /// <summary>Adds a mistake of one field.</summary>
    public void Refuse(FaultField field, string message, string code = "bad-rule") => _mistakes.Add(Finding.Refusal(code, $"{field.Place}: {message}"));

    /// <summary>Adds a mistake of the field of that key.</summary>
    public void Refuse(string key, string message)
    {
        if (Find(key) is { } field) Refuse(field, message);
        else Refuse(message);
    }

    /// <summary>The value of a field; null where it is not given or not understood.</summary>
    public T? Value<T>(string key, ReadValue<T> read, string code = "bad-rule") where T : struct =>
        Find(key) is { } field && TryRead(field, field.Value ?? "", read, code, out T value) ? value : null;

    public string? Text(string key, string example)
    {
        if (Find(key) is not { } field) return null;
        if (field.Value is { Length: > 0 } text) return text;
        Refuse(field, $"{key}: a value is missing; expected for example {key}={example}");
        return null;
    }

    public T? Word<T>(string key) where T : struct, Enum => Value(key, (string text, out T value, out string problem) =>
    {
        string[] words = [.. Enum.GetValues<T>().Select(Words.Of)];
        problem = words.Length == 2 ? $"'{text}' is neither {words[0]} nor {words[1]}" : $"'{text}' is not understood; expected {string.Join(", ", words[..^1])} or {words[^1]}";
        return Words.TryParse(text, out value);
    });

    /// <summary>The items of a list that is parted by commas; empty where the field is not given.</summary>
    public IReadOnlyList<T> List<T>(string key, ReadValue<T> read)
    {
        if (Find(key) is not { } field) return [];
        var items = new List<T>();
        foreach (string text in field.Items)
        {
            if (TryRead(field, text, read, "bad-rule", out T? item)) items.Add(item);
        }
        return items;
    }

    /// <summary>Whether a flag is given.</summary>
    public bool Flag(string key)
    {
        if (Find(key) is not { } field) return false;
        if (field.Value is { } value) Refuse(field, $"{key} takes no value; write {key} instead of {key}={value}");
        return true;
    }

    public T? Argument<T>(FaultField field, ReadValue<T> read) where T : struct => TryRead(field, field.Value ?? "", read, "bad-rule", out T value) ? value : null;

    private bool TryRead<T>(FaultField field, string text, ReadValue<T> read, string code, [MaybeNullWhen(false)] out T value)
    {
        if (read(text, out value, out string problem)) return true;
        Refuse(field, $"{field.Key}: {problem}", code);
        return false;
    }

    private FaultField? Find(string key) => _fields.Fields.FirstOrDefault(f => f.Key == key);

    private string NotUnderstood(FaultField field, IReadOnlyList<string> known)
    {
        if (field is { Key: "", Value: null }) return $"an empty field is not understood: two colons stand together, or one at the end{(Has("peer") ? "; an address of IPv6 stands in brackets: peer=[::1]:80" : "")}";
        string written = field.Value is { } value ? $"{field.Key}={value}" : field.Key;
        IReadOnlyList<string> near = NearestNames.Of(field.Key, known);
        return $"'{written}' is not understood; {(near.Count > 0 ? $"did you mean {string.Join(", ", near)}?" : $"there are {string.Join(", ", known)}")}; expected for example {_example}";
    }
}
