using System.Net;
using System.Net.Sockets;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>Passes when a TCP connection is made within the time-out. It is closed at once; nothing is sent.</summary>
public sealed class TcpCheck : ICheck
{
    private readonly TcpCheckDefinition _definition;
    private readonly EndPoint _end;

    public TcpCheck(TcpCheckDefinition definition)
    {
        _definition = definition;
        _end = EndOf(definition.Address);
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
            // Without a family of its own the socket tries all addresses of a name.
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(_end, limit.Token);
            return new ProbeResult(Passed: true, Answered: true, "connected");
        }
        catch (OperationCanceledException)
        {
            cancel.ThrowIfCancellationRequested();
            return Probe.TimedOut(Timeout);
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.TimedOut ? Probe.TimedOut(Timeout) : Probe.Failed(e.SocketErrorCode == SocketError.ConnectionRefused ? "refused" : e.Message);
        }
    }

    /// <summary><c>HOST:PORT</c>; a host with colons, an IPv6 address, in brackets.</summary>
    private static EndPoint EndOf(string address)
    {
        int colon = address.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(address.AsSpan(colon + 1), out ushort port) || port == 0) throw new ArgumentException($"'{address}' is no HOST:PORT", nameof(address));
        string host = address[..colon].Trim('[', ']');
        return IPAddress.TryParse(host, out IPAddress? ip) ? new IPEndPoint(ip, port) : new DnsEndPoint(host, port);
    }
}
