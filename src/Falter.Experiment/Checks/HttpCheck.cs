using System.Text;
using System.Text.RegularExpressions;
using Falter.Load;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>Passes when a GET on a connection of its own is answered within the time-out, body included, with an expected status and a body that matches.</summary>
public sealed class HttpCheck : ICheck, IDisposable
{
    private readonly HttpCheckDefinition _definition;
    private readonly Uri _url;
    private readonly Regex? _body;
    private readonly HttpMessageInvoker _http;

    public HttpCheck(HttpCheckDefinition definition)
    {
        _definition = definition;
        _url = new Uri(definition.Url);
        _body = definition.Body is { } pattern ? CheckPattern.Of(pattern, definition.Timeout) : null;
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
            using HttpResponseMessage response = await _http.SendAsync(request, limit.Token);
            byte[] body = await CheckHttp.ReadAsync(response, limit.Token);
            int status = (int)response.StatusCode;
            if (!_definition.Status.Holds(status)) return Probe.Failed(status.ToString());
            string? mismatch = _body is null ? null : CheckPattern.MismatchOf(_body, Encoding.UTF8.GetString(body), "body");
            return mismatch is null ? new ProbeResult(Passed: true, Answered: true, status.ToString()) : Probe.Failed($"{status}: {mismatch}");
        }
        catch (OperationCanceledException)
        {
            cancel.ThrowIfCancellationRequested();
            return Probe.TimedOut(Timeout);
        }
        catch (Exception e) when (HttpFailure.Is(e))
        {
            return Probe.Failed(HttpFailure.Name(e));
        }
    }

    public void Dispose() => _http.Dispose();
}
