using System.Net;
using System.Net.Sockets;
using System.Text;
using Falter.Observe;
using Falter.Records;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Falter.Cli;

/// <summary>
/// Serves <c>/metrics</c> and <c>/healthz</c> over HTTP. Kestrel without its host: no configuration files, no environment, no signal handlers of its own.
/// </summary>
internal sealed class MetricEndpoint : IHttpApplication<HttpContext>, IAsyncDisposable
{
    // A scrape under way when the verb ends may take this long to finish.
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(1);

    private const string Pages = "falter: /metrics (Prometheus text format), /healthz\n";

    private readonly PublishedMetrics _metrics;
    private readonly KestrelServer _server;

    private MetricEndpoint(PublishedMetrics metrics, IPEndPoint endPoint)
    {
        _metrics = metrics;
        var options = new KestrelServerOptions { AddServerHeader = false };
        options.Limits.MaxRequestBodySize = 0;
        // Scrapers hold one connection each; whoever opens more than this does not scrape.
        options.Limits.MaxConcurrentConnections = 64;
        options.Listen(endPoint, listen => listen.Protocols = HttpProtocols.Http1);
        var transport = new SocketTransportFactory(Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance);
        _server = new KestrelServer(Options.Create(options), transport, NullLoggerFactory.Instance);
    }

    /// <summary>Where it answers: <c>http://127.0.0.1:9435</c>.</summary>
    public string Url => _server.Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single();

    /// <summary>Binds the address and begins to answer.</summary>
    /// <exception cref="FalterException"><c>address-not-usable</c>.</exception>
    public static async Task<MetricEndpoint> OpenAsync(PublishedMetrics metrics, IPEndPoint endPoint)
    {
        var endpoint = new MetricEndpoint(metrics, endPoint);
        try
        {
            await endpoint._server.StartAsync(endpoint, CancellationToken.None);
            return endpoint;
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            endpoint._server.Dispose();
            throw FalterException.Usage("address-not-usable", $"--listen {endPoint}: {WhyNot(e)}");
        }
    }

    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    public Task ProcessRequestAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
        {
            context.Response.Headers.Allow = "GET, HEAD";
            return AnswerAsync(context, StatusCodes.Status405MethodNotAllowed, "only GET and HEAD\n");
        }
        return request.Path.Value switch
        {
            "/metrics" => AnswerAsync(context, StatusCodes.Status200OK, PrometheusText.Write(_metrics.Read()), PrometheusText.ContentType),
            "/healthz" => AnswerAsync(context, StatusCodes.Status200OK, "ok\n"),
            "/" => AnswerAsync(context, StatusCodes.Status200OK, Pages),
            _ => AnswerAsync(context, StatusCodes.Status404NotFound, $"nothing here; {Pages}"),
        };
    }

    public void DisposeContext(HttpContext context, Exception? exception)
    {
        // The context owns nothing.
    }

    public async ValueTask DisposeAsync()
    {
        using var grace = new CancellationTokenSource(s_grace);
        await _server.StopAsync(grace.Token);
        _server.Dispose();
    }

    private static Task AnswerAsync(HttpContext context, int status, string text, string type = "text/plain; charset=utf-8")
    {
        byte[] body = Encoding.UTF8.GetBytes(text);
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        context.Response.ContentLength = body.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    private static string WhyNot(Exception e) => (e.InnerException ?? e) switch
    {
        AddressInUseException => "another process has this port; give another, or port 0 for any that is free",
        SocketException { SocketErrorCode: SocketError.AddressNotAvailable } => "this machine does not have the address; `ip addr` lists those that it has, 0.0.0.0 means all",
        SocketException { SocketErrorCode: SocketError.AccessDenied } => "this user may not bind the port; give one from 1024 on",
        var cause => cause.Message.TrimEnd('.'),
    };
}
