namespace Falter.Report;

/// <summary>A key of an experiment's file.</summary>
/// <param name="Key">The key.</param>
/// <param name="Form">What its value looks like.</param>
/// <param name="Description">What it means, in whole sentences.</param>
/// <param name="Example">A value, in YAML on one line.</param>
/// <param name="Default">What is taken where it is left out: a value in YAML, or words; null: it must be given, or nothing is taken.</param>
/// <param name="IsRequired">Whether it must be given.</param>
internal sealed record Field(string Key, FieldForm Form, string Description, string Example, string? Default = null, bool IsRequired = false)
{
    /// <summary>The default where it is a value; null where it is words.</summary>
    public string? DefaultValue => Default is { } value && !Form.IsFree && Form.Takes(value, this) ? value : null;

    /// <summary>The end of a message about a wrong value.</summary>
    public string ForExample => $"expected for example {Key}: {Example}";
}

/// <summary>The keys that stand together in one map.</summary>
/// <param name="Name">Its name in the JSON Schema.</param>
/// <param name="What">What the map is, for messages: <c>a process</c>.</param>
/// <param name="Description">What it describes.</param>
/// <param name="Fields">Every key that it may have.</param>
internal sealed record FieldSection(string Name, string What, string Description, IReadOnlyList<Field> Fields)
{
    public Field this[string key] => Fields.First(f => f.Key == key);

    /// <summary>What JSON Schema must say beyond the single keys: which of them exclude each other; empty: nothing.</summary>
    public string Rules { get; init; } = "";
}
