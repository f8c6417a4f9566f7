using System.Buffers.Binary;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Falter.EndToEnd.Tests;

/// <summary>A data point that was received.</summary>
public sealed record OtlpPoint(string Metric, double Value, IReadOnlyList<string> Attributes)
{
    public bool Is(string metric, params string[] attributes) => Metric == metric && attributes.All(Attributes.Contains);
}

/// <summary>
/// Receives metrics as an OpenTelemetry collector does: protobuf over HTTP, or gRPC. Field numbers are those of <c>opentelemetry/proto/metrics/v1/metrics.proto</c> and
/// <c>common/v1/common.proto</c>.
/// </summary>
public sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly List<(string Path, OtlpPoint[] Points)> _received = [];

    private OtlpReceiver(HttpProtocols protocol)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = [] });
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = protocol));
        _server = builder.Build();
        _server.Run(protocol == HttpProtocols.Http2 ? ReceiveCallAsync : ReceiveAsync);
    }

    /// <summary>One that is asked with protobuf over HTTP.</summary>
    public static Task<OtlpReceiver> HttpAsync() => StartAsync(HttpProtocols.Http1);

    /// <summary>One that is asked with gRPC.</summary>
    public static Task<OtlpReceiver> GrpcAsync() => StartAsync(HttpProtocols.Http2);

    public int Port => new Uri(_server.Urls.Single()).Port;

    public IReadOnlyList<string> Paths
    {
        get
        {
            lock (_received) return [.. _received.Select(r => r.Path)];
        }
    }

    /// <summary>What the last message held.</summary>
    public OtlpPoint[] LastPoints
    {
        get
        {
            lock (_received) return Assert.Single(_received.TakeLast(1)).Points;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync();
        await _server.DisposeAsync();
    }

    private static async Task<OtlpReceiver> StartAsync(HttpProtocols protocol)
    {
        var receiver = new OtlpReceiver(protocol);
        await receiver._server.StartAsync();
        return receiver;
    }

    private async Task ReceiveAsync(HttpContext context)
    {
        Keep(context.Request.Path, await BodyAsync(context));
        context.Response.ContentType = "application/x-protobuf";
    }

    // gRPC over HTTP/2: each message has a byte that tells of compression and four of length before it; the status comes last, as a trailer.
    private async Task ReceiveCallAsync(HttpContext context)
    {
        byte[] body = await BodyAsync(context);
        Assert.Equal(body.Length - 5, BinaryPrimitives.ReadInt32BigEndian(body.AsSpan(1)));
        Assert.Equal(0, body[0]);
        Keep(context.Request.Path, body[5..]);
        context.Response.ContentType = "application/grpc";
        await context.Response.Body.WriteAsync(new byte[5]);
        context.Response.AppendTrailer("grpc-status", "0");
    }

    private void Keep(string path, byte[] request)
    {
        lock (_received) _received.Add((path, [.. PointsOf(request)]));
    }

    private static async Task<byte[]> BodyAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        return body.ToArray();
    }

    private static IEnumerable<OtlpPoint> PointsOf(byte[] request) =>
        from resource in Messages(request, 1)
        from scope in Messages(resource, 2)
        from metric in Messages(scope, 2)
        let name = System.Text.Encoding.UTF8.GetString(Messages(metric, 1).Single())
        // 5: gauge, 7: sum.
        from data in Messages(metric, 5).Concat(Messages(metric, 7))
        from point in Messages(data, 1)
        select new OtlpPoint(name, BitConverter.ToDouble(Messages(point, 4).Single()), [.. Messages(point, 7).Select(Attribute)]);

    private static string Attribute(byte[] keyValue) =>
        $"{System.Text.Encoding.UTF8.GetString(Messages(keyValue, 1).Single())}={string.Concat(Messages(keyValue, 2).SelectMany(value => Messages(value, 1)).Select(System.Text.Encoding.UTF8.GetString))}";

    /// <summary>The bytes of a field, each time that it occurs: a message, a text, or eight bytes of a number.</summary>
    private static List<byte[]> Messages(byte[] message, int field)
    {
        List<byte[]> found = [];
        int at = 0;
        while (at < message.Length)
        {
            int key = (int)Varint(message, ref at);
            int length = (key & 7) switch { 0 => -1, 1 => 8, 5 => 4, 2 => (int)Varint(message, ref at), var other => throw new FormatException($"wire type {other}") };
            if (length < 0) _ = Varint(message, ref at);
            else
            {
                if (key >> 3 == field) found.Add(message[at..(at + length)]);
                at += length;
            }
        }
        return found;
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte part = message[at++];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80) return value;
        }
    }
}
