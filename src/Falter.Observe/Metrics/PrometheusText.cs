using System.Globalization;
using System.Text;

namespace Falter.Observe;

/// <summary>Metrics in Prometheus' text exposition format, version 0.0.4.</summary>
public static class PrometheusText
{
    /// <summary>The type of the document, for HTTP.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>The bounds of latencies as the label <c>le</c> bears them, with the infinite one.</summary>
    public static IReadOnlyList<string> Bounds { get; } = [.. LatencyBounds.Seconds.Select(Number), "+Inf"];

    /// <summary>The document.</summary>
    public static string Write(IReadOnlyList<MetricFamily> families)
    {
        var text = new StringBuilder();
        foreach (MetricFamily family in families)
        {
            MetricDefinition definition = family.Definition;
            text.Append("# HELP ").Append(definition.Name).Append(' ');
            AppendEscaped(text, definition.Help, quoted: false);
            text.Append("\n# TYPE ").Append(definition.Name).Append(' ').Append(TypeOf(definition.Kind)).Append('\n');
            foreach (MetricSeries series in family.Series) AppendSeries(text, definition, series);
        }
        return text.ToString();
    }

    /// <summary><c>counter</c>, <c>gauge</c> or <c>histogram</c>.</summary>
    public static string TypeOf(MetricKind kind) => kind switch
    {
        MetricKind.Counter => "counter",
        MetricKind.Histogram => "histogram",
        _ => "gauge",
    };

    private static void AppendSeries(StringBuilder text, MetricDefinition definition, MetricSeries series)
    {
        if (series.Buckets is not { } buckets)
        {
            AppendLine(text, definition.Name, definition.Labels, series.Labels, Number(series.Value));
            return;
        }
        string[] names = [.. definition.Labels, "le"];
        for (int i = 0; i < buckets.Count; i++)
        {
            AppendLine(text, $"{definition.Name}_bucket", names, [.. series.Labels, Bounds[i]], Number(buckets[i]));
        }
        AppendLine(text, $"{definition.Name}_sum", definition.Labels, series.Labels, Number(series.Value));
        AppendLine(text, $"{definition.Name}_count", definition.Labels, series.Labels, Number(buckets[^1]));
    }

    private static void AppendLine(StringBuilder text, string name, IReadOnlyList<string> labels, IReadOnlyList<string> values, string number)
    {
        text.Append(name);
        for (int i = 0; i < labels.Count; i++)
        {
            text.Append(i == 0 ? '{' : ',').Append(labels[i]).Append("=\"");
            AppendEscaped(text, values[i], quoted: true);
            text.Append('"');
        }
        text.Append(labels.Count > 0 ? "} " : " ").Append(number).Append('\n');
    }

    private static void AppendEscaped(StringBuilder text, string value, bool quoted)
    {
        foreach (char c in value)
        {
            _ = c switch
            {
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '"' when quoted => text.Append("\\\""),
                _ => text.Append(c),
            };
        }
    }

    // As Go writes it, because bounds are compared as text: 1.024e-06.
    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture).Replace('E', 'e');
}
