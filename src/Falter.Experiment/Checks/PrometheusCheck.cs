using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Falter.Load;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>Passes when an instant query to a Prometheus server gives one number, a scalar or a vector of one sample, within the tolerance.</summary>
public sealed class PrometheusCheck : ICheck, IDisposable
{
    private readonly PrometheusCheckDefinition _definition;
    private readonly Uri _url;
    private readonly AuthenticationHeaderValue? _credentials;
    private readonly HttpMessageInvoker _http;

    public PrometheusCheck(PrometheusCheckDefinition definition)
    {
        _definition = definition;
        var server = new Uri(definition.Url);
        string base64 = Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(server.UserInfo)));
        _credentials = server.UserInfo.Length > 0 ? new AuthenticationHeaderValue("Basic", base64) : null;
        _url = new Uri($"{server.GetComponents(UriComponents.HttpRequestUrl, UriFormat.UriEscaped).TrimEnd('/')}/api/v1/query?query={Uri.EscapeDataString(definition.Query)}");
        _http = new HttpMessageInvoker(CheckHttp.Handler(definition.Timeout));
    }

    public string Name => _definition.Name;
    public TimeSpan Interval => _definition.Interval;
    public TimeSpan Timeout => _definition.Timeout;

    public async Task<ProbeResult> ProbeAsync(CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Timeout);
        try
        {
            using HttpRequestMessage request = SingleGet.For(_url);
            request.Headers.Authorization = _credentials;
            using HttpResponseMessage response = await _http.SendAsync(request, limit.Token);
            return Judge(response.StatusCode, await CheckHttp.ReadAsync(response, limit.Token));
        }
        catch (OperationCanceledException)
        {
            cancel.ThrowIfCancellationRequested();
            return Probe.TimedOut(Timeout);
        }
        catch (Exception e) when (HttpFailure.Is(e))
        {
            return Probe.Failed($"no answer from Prometheus: {HttpFailure.Name(e)}");
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>What an answer comes to, whatever it is.</summary>
    internal ProbeResult Judge(HttpStatusCode status, byte[] body)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            return Judge(document.RootElement);
        }
        // KeyNotFoundException and InvalidOperationException: JSON of another form, or a text that is no UTF-8.
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or IndexOutOfRangeException)
        {
            return Probe.Failed($"status {(int)status}, and not the answer of a Prometheus");
        }
    }

    /// <summary>The answer's form: <c>https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries</c>.</summary>
    private ProbeResult Judge(JsonElement root)
    {
        if (root.GetProperty("status").GetString() != "success") return Probe.Failed($"Prometheus refused the query: {root.GetProperty("error").GetString()}");
        JsonElement data = root.GetProperty("data"), result = data.GetProperty("result");
        switch (data.GetProperty("resultType").GetString())
        {
            case "scalar":
                return Judge(result[1].GetString());
            case "vector":
                int samples = result.GetArrayLength();
                return samples == 1 ? Judge(result[0].GetProperty("value")[1].GetString())
                    : Probe.Failed(samples == 0 ? "the query has no sample" : $"the query has {samples} samples; expected one: add an aggregation, for example sum(…)");
            case var other:
                return Probe.Failed($"the query gives a {other}; expected a scalar or a vector of one sample");
        }
    }

    /// <summary>A number as Prometheus writes it: <c>1.5e-07</c>, <c>NaN</c>, <c>+Inf</c>.</summary>
    private ProbeResult Judge(string? number)
    {
        double? value = number switch
        {
            "NaN" => double.NaN,
            "+Inf" => double.PositiveInfinity,
            "-Inf" => double.NegativeInfinity,
            _ => double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out double read) ? read : null,
        };
        if (value is not { } known) return Probe.Failed($"'{number}' is no number");
        // Neither infinity nor NaN is a value that statistics, or JSON, could take.
        return double.IsFinite(known) ? Probe.Measured(known, _definition.Value, "") : new ProbeResult(_definition.Value.Holds(known), Answered: true, number!);
    }
}
