using System.Globalization;
using System.Text;

namespace Falter.Tests.Observe;

/// <summary>A document in Prometheus' text format, read by rules of its own: series with their labels, and the type of each metric.</summary>
internal sealed class Exposition
{
    private Exposition(Dictionary<string, string> types, IReadOnlyList<(string Name, IReadOnlyDictionary<string, string> Labels, double Value)> series) => (Types, Series) = (types, series);

    public IReadOnlyDictionary<string, string> Types { get; }
    public IReadOnlyList<(string Name, IReadOnlyDictionary<string, string> Labels, double Value)> Series { get; }

    /// <summary>The series of a name, with the values of some labels.</summary>
    public IEnumerable<double> Of(string name, params (string Label, string Value)[] labels) =>
        Series.Where(s => s.Name == name && labels.All(l => s.Labels.GetValueOrDefault(l.Label) == l.Value)).Select(s => s.Value);

    public static Exposition Parse(string text)
    {
        Assert.True(text.Length == 0 || text.EndsWith('\n'));
        var types = new Dictionary<string, string>();
        var series = new List<(string, IReadOnlyDictionary<string, string>, double)>();
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal)) types.Add(line.Split(' ')[2], line.Split(' ')[3]);
            else if (line[0] != '#') series.Add(Line(line));
        }
        return new Exposition(types, series);
    }

    private static (string, IReadOnlyDictionary<string, string>, double) Line(string line)
    {
        int at = line.IndexOfAny(['{', ' ']);
        string name = line[..at];
        var labels = new Dictionary<string, string>();
        if (line[at] == '{')
        {
            at++;
            while (line[at] != '}')
            {
                int equals = line.IndexOf('=', at);
                string label = line[at..equals];
                Assert.Equal('"', line[equals + 1]);
                (labels[label], at) = Quoted(line, equals + 2);
                if (line[at] == ',') at++;
            }
            at++;
        }
        Assert.Equal(' ', line[at]);
        return (name, labels, double.Parse(line[(at + 1)..], CultureInfo.InvariantCulture));
    }

    private static (string Value, int Next) Quoted(string line, int at)
    {
        var value = new StringBuilder();
        for (; line[at] != '"'; at++)
        {
            if (line[at] != '\\') value.Append(line[at]);
            else value.Append(line[++at] switch { 'n' => '\n', '\\' => '\\', '"' => '"', var c => throw new FormatException($"\\{c}") });
        }
        return (value.ToString(), at + 1);
    }
}
