using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Nodes;
using Falter.Records;

namespace Falter.Report;

/// <summary>A number or a size: <c>10</c>, <c>-0.5</c>, <c>512MiB</c>.</summary>
internal static class AmountForm
{
    private const string Number = @"-?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][-+]?[0-9]+)?";

    /// <summary>A pattern of sizes and of numbers, to stand in JSON.</summary>
    public const string Pattern = "(" + Number + @"|([0-9]+\\.?[0-9]*|\\.[0-9]+)([TtGgMmKk][Ii]?)?[Bb])";

    public static readonly ScalarForm<double> Form = new("a number, or a size with its unit", $$"""{"anyOf":[{"type":"number"},{"type":"string","pattern":"^{{Pattern}}$"}]}""", (StrictScalar scalar, out double value, out string problem) =>
    {
        problem = "";
        return TryParse(scalar.Value, out value);
    });

    public static bool TryParse(string text, out double value)
    {
        if (double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out value)) return double.IsFinite(value);
        bool isSize = Sizes.TryParse(text, out long bytes, out _);
        value = bytes;
        return isSize;
    }
}

/// <summary>A range that a number must lie in: <c>200..399</c>, <c>{ least: 0, most: 10 }</c>, or the one number that it must be.</summary>
internal sealed record ToleranceForm() : FieldForm<Tolerance>("a range: LEAST..MOST, one number, or a map with least, most or both")
{
    public static readonly FieldSection Section = new("tolerance", "a range", "A range that a number must lie in, both ends included.",
    [
        new Field("least", AmountForm.Form, "The lower end.", "0", "none"),
        new Field("most", AmountForm.Form, "The upper end.", "512MiB", "none"),
    ]) { Rules = """{"minProperties":1}""" };

    public override JsonObject Schema() => JsonNode.Parse($$"""
        {"anyOf":[{"type":"number"},{"type":"string","pattern":"^({{AmountForm.Pattern}}|{{AmountForm.Pattern}}\\.\\.({{AmountForm.Pattern}})?|\\.\\.{{AmountForm.Pattern}})$"},{"$ref":"#/$defs/{{Section.Name}}"}]}
        """)!.AsObject();

    public override bool TryRead(StrictNode node, Field field, ExperimentReading reading, [MaybeNullWhen(false)] out Tolerance value)
    {
        value = default;
        if (node is StrictMap map)
        {
            var ends = new SectionReading(map, Section with { What = field.Key }, reading);
            bool read = map.Entries.Count > 0 & ends.IsReadable;
            value = new Tolerance(ends.Maybe<double>("least"), ends.Maybe<double>("most"));
            if (map.Entries.Count == 0) reading.Add(node, $"{field.Key}: expected least, most or both; {field.ForExample}");
            return read && ends.IsReadable && IsOrdered(node, field, reading, value);
        }
        if (node is StrictScalar { IsNothing: false } scalar && TryParse(scalar.Value, out value)) return IsOrdered(node, field, reading, value);
        reading.Add(node, $"{field.Key}: expected {Type}; {field.ForExample}");
        return false;
    }

    private static bool IsOrdered(StrictNode node, Field field, ExperimentReading reading, Tolerance range)
    {
        if (!(range.Least > range.Most)) return true;
        reading.Add(node, string.Create(CultureInfo.InvariantCulture, $"{field.Key}: no number is {range.Least} or more and {range.Most} or less; {field.ForExample}"));
        return false;
    }

    private static bool TryParse(string text, out Tolerance range)
    {
        range = default;
        int dots = text.IndexOf("..", StringComparison.Ordinal);
        if (dots < 0)
        {
            bool isOne = AmountForm.TryParse(text, out double only);
            range = new Tolerance(only, only);
            return isOne;
        }
        double least = 0, most = 0;
        string from = text[..dots], to = text[(dots + 2)..];
        if (from.Length + to.Length == 0 || from.Length > 0 && !AmountForm.TryParse(from, out least) || to.Length > 0 && !AmountForm.TryParse(to, out most)) return false;
        range = new Tolerance(from.Length > 0 ? least : null, to.Length > 0 ? most : null);
        return true;
    }
}
