using System.Globalization;
using System.Text;
using System.Xml;
using Falter.Records;

namespace Falter.Report;

/// <summary>
/// A run as JUnit XML, which CI servers show: one suite for the run, one case for each plan. A case fails where the verdict is the mildest that counts as broken, or worse; what was not exercised or
/// could not be told is skipped, and never counts as passed.
/// </summary>
public static class JUnitReport
{
    // Servers keep whole documents in memory, and people read the first lines.
    private const int MostLogLines = 200;

    /// <summary>The document.</summary>
    /// <param name="run">The run, also one that was cut off.</param>
    /// <param name="failOn">The mildest verdict that is a failure.</param>
    public static string Write(RunData run, Verdict failOn)
    {
        var bytes = new MemoryStream();
        using (var xml = XmlWriter.Create(bytes, new XmlWriterSettings { Indent = true, Encoding = new UTF8Encoding(false), NewLineChars = "\n", NewLineHandling = NewLineHandling.None }))
        {
            IReadOnlyList<JUnitCase> cases = JUnitCases.Of(run, failOn);
            xml.WriteStartElement("testsuites");
            Totals(xml, run, cases);
            xml.WriteStartElement("testsuite");
            Totals(xml, run, cases);
            // xs:dateTime without a zone, as the format has it; UTC.
            Attribute(xml, "timestamp", run.Run.Started.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture));
            Properties(xml, run.Run, failOn);
            foreach (JUnitCase one in cases) Case(xml, run, one);
            xml.WriteEndElement();
            xml.WriteEndElement();
        }
        return Encoding.UTF8.GetString(bytes.ToArray()) + "\n";
    }

    private static void Totals(XmlWriter xml, RunData run, IReadOnlyList<JUnitCase> cases)
    {
        Attribute(xml, "name", run.Run.Run);
        Attribute(xml, "tests", Whole(cases.Count));
        Attribute(xml, "failures", Whole(cases.Count(c => c.Kind == JUnitOutcome.Failure)));
        Attribute(xml, "errors", Whole(cases.Count(c => c.Kind == JUnitOutcome.Error)));
        Attribute(xml, "skipped", Whole(cases.Count(c => c.Kind == JUnitOutcome.Skipped)));
        Attribute(xml, "time", Seconds(cases.Sum(c => c.Seconds)));
    }

    private static void Properties(XmlWriter xml, RunDescription run, Verdict failOn)
    {
        xml.WriteStartElement("properties");
        foreach ((string name, string value) in (IEnumerable<(string, string)>)
        [
            ("seed", run.Seed.ToString(CultureInfo.InvariantCulture)), ("kernel", run.Kernel), ("processors", Whole(run.Processors)), ("falter_version", run.FalterVersion), ("fail_on", Words.Of(failOn)),
            ("observe_mechanism", run.ObserveMechanism), ("inject_mechanism", run.InjectMechanism), ("command_line", run.CommandLine),
        ])
        {
            xml.WriteStartElement("property");
            Attribute(xml, "name", name);
            Attribute(xml, "value", value);
            xml.WriteEndElement();
        }
        xml.WriteEndElement();
    }

    private static void Case(XmlWriter xml, RunData run, JUnitCase one)
    {
        xml.WriteStartElement("testcase");
        Attribute(xml, "classname", $"falter.{run.Run.Experiment ?? run.Run.Target}");
        Attribute(xml, "name", one.Name);
        Attribute(xml, "time", Seconds(one.Seconds));
        if (one.Kind != JUnitOutcome.Passed)
        {
            xml.WriteStartElement(one.Kind switch { JUnitOutcome.Failure => "failure", JUnitOutcome.Error => "error", _ => "skipped" });
            if (one.Kind != JUnitOutcome.Skipped) Attribute(xml, "type", one.Type);
            Attribute(xml, "message", one.Message);
            // Readers know no text in a skipped case; its reason is the message.
            if (one.Kind != JUnitOutcome.Skipped) xml.WriteString(XmlText.Of(string.Join('\n', one.Details)));
            xml.WriteEndElement();
        }
        string[] output = [.. one.Kind is JUnitOutcome.Passed or JUnitOutcome.Skipped ? one.Details : [], .. one.Log.Take(MostLogLines),
            .. one.Log.Count > MostLogLines ? [$"and {one.Log.Count - MostLogLines} more lines"] : Array.Empty<string>()];
        if (output.Length > 0) xml.WriteElementString("system-out", XmlText.Of(string.Join('\n', output)));
        xml.WriteEndElement();
    }

    private static void Attribute(XmlWriter xml, string name, string value) => xml.WriteAttributeString(name, XmlText.Of(value));

    private static string Seconds(double seconds) => seconds.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Whole(int number) => number.ToString(CultureInfo.InvariantCulture);
}
