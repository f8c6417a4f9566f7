using System.Globalization;
using System.Text.RegularExpressions;

namespace Falter.EndToEnd.Tests;

/// <summary>What a running <c>falter … --listen</c> answers.</summary>
public static partial class Scrape
{
    private static readonly HttpClient s_http = new() { Timeout = TimeSpan.FromSeconds(10) };

    [GeneratedRegex(@"metrics at http://(\S+)/metrics")]
    private static partial Regex Place();

    [GeneratedRegex("""^(?<name>\w+)(\{(?<labels>.*)\})? (?<value>\S+)$""")]
    private static partial Regex Line();

    /// <summary>Where it answers, as it told: <c>127.0.0.1:9435</c>.</summary>
    public static async Task<string> PlaceOfAsync(FalterProcess falter)
    {
        await falter.SaysAsync("/metrics");
        return Place().Match(falter.Talk).Groups[1].Value;
    }

    public static Task<HttpResponseMessage> AskAsync(string place, string path) => s_http.GetAsync($"http://{place}{path}");

    public static async Task<HttpResponseMessage> SendAsync(string place, string path, HttpMethod method)
    {
        using var request = new HttpRequestMessage(method, $"http://{place}{path}");
        return await s_http.SendAsync(request);
    }

    public static Task<string> MetricsAsync(string place) => s_http.GetStringAsync($"http://{place}/metrics");

    /// <summary>The values of the series of a name whose labels hold all of some texts (<c>errno="EIO"</c>).</summary>
    public static IReadOnlyList<double> Values(string metrics, string name, params string[] labels) =>
    [
        .. metrics.Split('\n').Select(l => Line().Match(l)).Where(m => m.Success && m.Groups["name"].Value == name && labels.All(m.Groups["labels"].Value.Contains))
            .Select(m => double.Parse(m.Groups["value"].Value, CultureInfo.InvariantCulture)),
    ];
}
