using Falter.Load;

namespace Falter.Experiment;

/// <summary>Passes when a GET on a connection of its own is answered with a status from 200 to 399, body included, within the time-out.</summary>
public sealed class HttpCheck : ICheck, IDisposable
{
    private readonly Uri _url;
    private readonly TimeSpan _timeout;
    private readonly HttpMessageInvoker _http;

    public HttpCheck(Uri url, TimeSpan timeout)
    {
        _url = url;
        _timeout = timeout;
        // A connection for each probe: a check must see whether new clients are served, not whether an old connection still is.
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            PooledConnectionLifetime = TimeSpan.Zero,
            ConnectTimeout = timeout,
        });
    }

    public string Name => _url.OriginalString;
    public TimeSpan Timeout => _timeout;

    public async Task<ProbeResult> ProbeAsync(CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(_timeout);
        try
        {
            using HttpRequestMessage request = SingleGet.For(_url);
            using HttpResponseMessage response = await _http.SendAsync(request, limit.Token);
            await response.Content.CopyToAsync(Stream.Null, limit.Token);
            int status = (int)response.StatusCode;
            return new ProbeResult(status is >= 200 and < 400, Answered: true, status.ToString());
        }
        catch (OperationCanceledException)
        {
            cancel.ThrowIfCancellationRequested();
            return new ProbeResult(Passed: false, Answered: false, $"timeout after {Records.Durations.Format(_timeout)}");
        }
        catch (Exception e) when (HttpFailure.Is(e))
        {
            return new ProbeResult(Passed: false, Answered: true, HttpFailure.Name(e));
        }
    }

    public void Dispose() => _http.Dispose();
}
