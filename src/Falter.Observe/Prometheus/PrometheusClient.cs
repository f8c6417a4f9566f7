using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Falter.Records;

namespace Falter.Observe;

/// <summary>One series of a range query: its labels, and values at multiples of the step.</summary>
/// <param name="Labels">By name; the metric's own name is <c>__name__</c>.</param>
/// <param name="Points">Step number, counted from the window's start, and value; only steps at which the series was there.</param>
internal sealed record PrometheusSeries(IReadOnlyDictionary<string, string> Labels, IReadOnlyList<(long Step, double Value)> Points);

/// <summary>Asks a Prometheus for ranges, by POST, so that long matchers are no problem of URL lengths.</summary>
internal sealed class PrometheusClient : IDisposable
{
    /// <summary>Points per query. Prometheus refuses more than 11 000 (<c>web/api/v1/api.go</c>); fewer keep an answer of thousands of series at some tens of megabytes.</summary>
    public const long StepsPerQuery = 1000;

    // Prometheus's own --query.timeout is two minutes.
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(130);

    // The last second of the year 9999, which is the last of DateTimeOffset.
    private const double LatestTime = 253_402_300_799;

    private readonly PrometheusQuery _query;
    private readonly HttpClient _http;

    public PrometheusClient(PrometheusQuery query)
    {
        _query = query;
        _http = new HttpClient(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(10), AutomaticDecompression = DecompressionMethods.All }) { Timeout = s_timeout };
        if (query.Url.UserInfo is { Length: > 0 } user)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(user))));
        }
    }

    /// <summary>The number of the window's last step; its first is 0, at the start.</summary>
    public long LastStep => (_query.End - _query.Start).Ticks / _query.Step.Ticks;

    /// <summary>The selector of a metric with the user's matchers.</summary>
    public string Selector(string metric) => $"{metric}{{{_query.Match}}}";

    /// <summary>The values of a selector between two steps, both included.</summary>
    /// <exception cref="FalterException"><c>prometheus-unreachable</c>, <c>prometheus-refused</c>, <c>query-not-readable</c>.</exception>
    public async Task<IReadOnlyList<PrometheusSeries>> RangeAsync(string selector, long first, long last, CancellationToken cancel)
    {
        using var content = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["query"] = selector,
            ["start"] = Seconds(first),
            ["end"] = Seconds(last),
            ["step"] = _query.Step.TotalSeconds.ToString("R", CultureInfo.InvariantCulture),
        });
        string url = _query.Url.GetComponents(UriComponents.HttpRequestUrl, UriFormat.UriEscaped).TrimEnd('/');
        HttpStatusCode status = HttpStatusCode.OK;
        try
        {
            using HttpResponseMessage response = await _http.PostAsync(new Uri($"{url}/api/v1/query_range"), content, cancel);
            if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
            {
                throw FalterException.Cannot("prometheus-refused", $"{url} answers {(int)response.StatusCode}: it wants other credentials; give them in the URL, http://USER:PASSWORD@HOST:PORT");
            }
            status = response.StatusCode;
            await using Stream body = await response.Content.ReadAsStreamAsync(cancel);
            using JsonDocument document = await JsonDocument.ParseAsync(body, cancellationToken: cancel);
            return Answer(document.RootElement, url, selector, response.StatusCode);
        }
        // A text that is no UTF-8 is found out only where it is taken from the document.
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // A proxy without its server.
            if (status is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout) throw FalterException.Cannot("prometheus-unreachable", $"--prometheus {url}: the answer is status {(int)status}; expected the URL of a running Prometheus, for example http://127.0.0.1:9090");
            throw FalterException.Usage("query-not-readable", $"{url} answers, but not as a Prometheus does: status {(int)status}, no JSON; expected its URL, for example http://127.0.0.1:9090");
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is TaskCanceledException && !cancel.IsCancellationRequested))
        {
            string why = e is TaskCanceledException ? $"no answer within {Durations.Format(s_timeout)}" : (e.InnerException ?? e).Message.TrimEnd('.');
            throw FalterException.Cannot("prometheus-unreachable", $"--prometheus {url}: {why}; expected the URL of a running Prometheus, for example http://127.0.0.1:9090");
        }
    }

    private IReadOnlyList<PrometheusSeries> Answer(JsonElement root, string url, string selector, HttpStatusCode status)
    {
        string? state = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("status", out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        if (state == "error")
        {
            string error = root.TryGetProperty("error", out JsonElement told) && told.ValueKind == JsonValueKind.String ? told.GetString()! : $"status {(int)status}";
            throw FalterException.Usage("prometheus-refused", $"{url} refused {selector}: {error}; --match takes label matchers, for example --match 'job=\"web\"'");
        }
        if (state != "success" || !root.TryGetProperty("data", out JsonElement data) || data.ValueKind != JsonValueKind.Object || !data.TryGetProperty("result", out JsonElement result) || result.ValueKind != JsonValueKind.Array)
        {
            throw Foreign(url);
        }
        return [.. result.EnumerateArray().Select(s => Series(s, url))];
    }

    private PrometheusSeries Series(JsonElement element, string url)
    {
        if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty("metric", out JsonElement metric) || metric.ValueKind != JsonValueKind.Object ||
            !element.TryGetProperty("values", out JsonElement values) || values.ValueKind != JsonValueKind.Array) throw Foreign(url);
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (JsonProperty label in metric.EnumerateObject()) labels[label.Name] = label.Value.ToString();
        var points = new List<(long, double)>(values.GetArrayLength());
        foreach (JsonElement point in values.EnumerateArray())
        {
            if (point.ValueKind != JsonValueKind.Array || point.GetArrayLength() != 2 || point[0].ValueKind != JsonValueKind.Number || point[1].ValueKind != JsonValueKind.String ||
                !point[0].TryGetDouble(out double at) || at is not (>= 0 and <= LatestTime)) throw Foreign(url);
            string text = point[1].GetString()!;
            if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) || !double.IsFinite(number) || number < 0)
            {
                throw FalterException.Usage("query-not-readable", $"{Shown(labels)} at {DateTimeOffset.FromUnixTimeMilliseconds((long)(at * 1000)):yyyy-MM-dd'T'HH:mm:ss'Z'}: '{text}' is neither a number of calls nor a rate; leave that time or series out with --start, --end or --match");
            }
            points.Add(((long)Math.Round((at - UnixSeconds(_query.Start)) / _query.Step.TotalSeconds), number));
        }
        return new PrometheusSeries(labels, points);
    }

    private static string Shown(Dictionary<string, string> labels) =>
        $"{labels.GetValueOrDefault("__name__")}{{{string.Join(", ", labels.Where(l => l.Key != "__name__").OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}=\"{l.Value}\""))}}}";

    private static FalterException Foreign(string url) =>
        FalterException.Usage("query-not-readable", $"{url} answers, but not as a Prometheus does: expected {{\"status\":\"success\",\"data\":{{\"resultType\":\"matrix\",\"result\":[…]}}}}; give the URL that shows Prometheus's own page");

    private string Seconds(long step) => (UnixSeconds(_query.Start) + step * _query.Step.TotalSeconds).ToString("0.###", CultureInfo.InvariantCulture);

    private static double UnixSeconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds() / 1000.0;

    public void Dispose() => _http.Dispose();
}
