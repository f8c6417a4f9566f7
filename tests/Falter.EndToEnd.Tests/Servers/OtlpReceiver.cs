using System.Net;
using System.Net.Sockets;

namespace Falter.EndToEnd.Tests;

/// <summary>A data point that was received.</summary>
public sealed record OtlpPoint(string Metric, double Value, IReadOnlyList<string> Attributes)
{
    public bool Is(string metric, params string[] attributes) => Metric == metric && attributes.All(Attributes.Contains);
}

/// <summary>
/// Receives metrics as an OpenTelemetry collector does: protobuf over HTTP. Field numbers are those of <c>opentelemetry/proto/metrics/v1/metrics.proto</c> and
/// <c>common/v1/common.proto</c>.
/// </summary>
public sealed class OtlpReceiver : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly List<(string Path, OtlpPoint[] Points)> _received = [];
    private readonly Task _receiving;

    public OtlpReceiver()
    {
        using (var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            Port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        }
        _listener.Prefixes.Add($"http://127.0.0.1:{Port}/");
        _listener.Start();
        _receiving = Task.Run(ReceiveAsync);
    }

    public int Port { get; }

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

    public void Dispose()
    {
        _listener.Stop();
        _receiving.Wait(TimeSpan.FromSeconds(5));
        _listener.Close();
    }

    private async Task ReceiveAsync()
    {
        while (_listener.IsListening)
        {
            try
            {
                HttpListenerContext context = await _listener.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                lock (_received) _received.Add((context.Request.Url!.AbsolutePath, [.. PointsOf(body.ToArray())]));
                context.Response.ContentType = "application/x-protobuf";
                context.Response.Close();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
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
