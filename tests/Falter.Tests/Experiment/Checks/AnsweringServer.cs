using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Falter.Tests.Experiment.Checks;

/// <summary>A server on a loopback port that treats each connection as it is told, after it has read something, and closes it then.</summary>
internal sealed class AnsweringServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();

    public AnsweringServer(Func<NetworkStream, string, CancellationToken, Task> answer)
    {
        _listener.Start();
        _ = AcceptAsync(answer);
    }

    public string Address => _listener.LocalEndpoint.ToString()!;
    public string Url => $"http://{Address}/";

    /// <summary>Answers each request with the same text.</summary>
    public static AnsweringServer Text(string head, string body = "") => new((stream, _, cancel) => stream.WriteAsync(Encoding.UTF8.GetBytes(Http(head, body)), cancel).AsTask());

    /// <summary>An answer with its length.</summary>
    public static string Http(string status, string body) => $"HTTP/1.1 {status}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n\r\n{body}";

    /// <summary>A port that nobody listens at.</summary>
    public static string ClosedAddress()
    {
        using var server = new AnsweringServer((_, _, _) => Task.CompletedTask);
        return server.Address;
    }

    private async Task AcceptAsync(Func<NetworkStream, string, CancellationToken, Task> answer)
    {
        try
        {
            while (true) _ = TreatAsync(await _listener.AcceptTcpClientAsync(_end.Token), answer);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The end of the test.
        }
    }

    private async Task TreatAsync(TcpClient client, Func<NetworkStream, string, CancellationToken, Task> answer)
    {
        using (client)
        {
            try
            {
                byte[] request = new byte[8192];
                int count = await client.GetStream().ReadAsync(request, _end.Token);
                await answer(client.GetStream(), Encoding.ASCII.GetString(request, 0, count), _end.Token);
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
            {
                // The probe went away, or the test ended.
            }
        }
    }

    public void Dispose()
    {
        _end.Cancel();
        _listener.Dispose();
        _end.Dispose();
    }
}
