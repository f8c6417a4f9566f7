using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;

namespace Falter.Report;

/// <summary>A form of values in an experiment's file. What reads a value describes it too, for the JSON Schema and the page of fields: the two cannot differ.</summary>
/// <param name="Type">What is expected, for people: <c>a duration with its unit</c>.</param>
internal abstract record FieldForm(string Type)
{
    /// <summary>The form as JSON Schema.</summary>
    public abstract JsonObject Schema();

    /// <summary>Whether every text is a value of this form.</summary>
    public bool IsFree { get; init; }

    /// <summary>Whether a text in YAML is a value of this form.</summary>
    public abstract bool Takes(string yaml, Field field);
}

/// <summary>A form of values that become a <typeparamref name="T"/>.</summary>
internal abstract record FieldForm<T>(string Type) : FieldForm(Type)
{
    /// <summary>Reads a value; where the result is false, what is wrong was added to the mistakes.</summary>
    public abstract bool TryRead(StrictNode node, Field field, ExperimentReading reading, [MaybeNullWhen(false)] out T value);

    public override bool Takes(string yaml, Field field) => StrictYaml.Parse(yaml, []) is { } node && TryRead(node, field, new ExperimentReading("", "/"), out _);
}

/// <summary>Reads a scalar.</summary>
/// <param name="scalar">What was written.</param>
/// <param name="value">The value.</param>
/// <param name="problem">What is wrong, where the result is false; empty: what is expected says it.</param>
internal delegate bool ReadScalar<T>(StrictScalar scalar, [MaybeNullWhen(false)] out T value, out string problem);

/// <summary>A form of one scalar.</summary>
/// <param name="Type">What is expected, for people.</param>
/// <param name="SchemaText">The form as JSON Schema.</param>
/// <param name="Read">Reads it.</param>
internal sealed record ScalarForm<T>(string Type, string SchemaText, ReadScalar<T> Read) : FieldForm<T>(Type)
{
    public override JsonObject Schema() => JsonNode.Parse(SchemaText)!.AsObject();

    public override bool TryRead(StrictNode node, Field field, ExperimentReading reading, [MaybeNullWhen(false)] out T value)
    {
        value = default;
        string problem = "";
        if (node is StrictScalar scalar && !scalar.IsNothing && Read(scalar, out value, out problem)) return true;
        reading.Add(node, node is StrictScalar { IsNothing: false } wrong && problem.Length == 0 ? $"{field.Key}: '{wrong.Value}' is not {Type}; {field.ForExample}"
            : problem.Length > 0 ? $"{field.Key}: {problem}; {field.ForExample}" : $"{field.Key}: expected {Type}; {field.ForExample}");
        return false;
    }
}
