using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

#pragma warning disable CA1507 // Names of the engine's interface are not names of this program.

namespace Falter.Linux.Tests.Containers;

/// <summary>A container engine with one container, as far as Docker's interface is used here: what is asked of it changes what it says.</summary>
internal sealed class FakeEngine : IDisposable
{
    public const string Id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    private readonly TemporaryFolder _folder = new();
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly List<string> _changes = [];

    public FakeEngine()
    {
        _listener.Bind(new UnixDomainSocketEndPoint(Path));
        _listener.Listen();
        new Thread(Serve) { IsBackground = true }.Start();
    }

    public string Path => _folder["engine.sock"];

    public string Status { get; set; } = "running";

    public bool IsRemovedAtEnd { get; init; }

    /// <summary>The entries of <c>NetworkSettings.Networks</c>.</summary>
    public JsonObject Networks { get; } = [];

    /// <summary>What it says of a request to change something, instead of doing it; null: it does it.</summary>
    public Func<string, (int Status, string Message)?> Refuse { get; set; } = _ => null;

    /// <summary>The changes asked for: path and body.</summary>
    public IReadOnlyList<string> Changes
    {
        get
        {
            lock (_changes) return [.. _changes];
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        _folder.Dispose();
    }

    private void Serve()
    {
        try
        {
            while (true)
            {
                using Socket client = _listener.Accept();
                using var stream = new NetworkStream(client);
                (string method, string path, string body) = Read(stream);
                (int status, string answer) = method == "GET" ? Look(path) : Change(path, body);
                byte[] bytes = Encoding.UTF8.GetBytes($"HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(answer)}\r\nConnection: close\r\n\r\n{answer}");
                stream.Write(bytes);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private static (string Method, string Path, string Body) Read(NetworkStream stream)
    {
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal)) head.Append((char)stream.ReadByte());
        string[] lines = head.ToString().Split("\r\n"), words = lines[0].Split(' ');
        string? length = lines.FirstOrDefault(l => l.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        byte[] body = new byte[length is null ? 0 : int.Parse(length[15..])];
        stream.ReadExactly(body);
        return (words[0], words[1], Encoding.UTF8.GetString(body));
    }

    private (int, string) Look(string path)
    {
        if (path.StartsWith("/networks/", StringComparison.Ordinal)) return (200, "{}");
        if (path != $"/containers/{Id}/json") return (404, """{"message":"no such container"}""");
        return (200, new JsonObject
        {
            ["Id"] = Id,
            ["Name"] = "/web",
            ["State"] = new JsonObject { ["Pid"] = 1, ["Status"] = Status },
            ["HostConfig"] = new JsonObject { ["AutoRemove"] = IsRemovedAtEnd },
            ["NetworkSettings"] = new JsonObject { ["Networks"] = Networks.DeepClone() },
        }.ToJsonString());
    }

    private (int, string) Change(string path, string body)
    {
        lock (_changes) _changes.Add($"{path} {body}".TrimEnd());
        if (Refuse($"{path} {body}") is { } refusal) return (refusal.Status, JsonSerializer.Serialize(new { message = refusal.Message }));
        string what = path[(path.LastIndexOf('/') + 1)..], network = path.Split('/')[2];
        string? name = Networks.FirstOrDefault(n => n.Value!["NetworkID"]!.GetValue<string>() == network).Key;
        switch (what)
        {
            case "disconnect" when name is not null:
                Networks.Remove(name);
                break;
            case "connect":
                JsonNode endpoint = JsonNode.Parse(body)!["EndpointConfig"]!;
                endpoint["NetworkID"] = network;
                endpoint["IPAddress"] = endpoint["IPAMConfig"]?["IPv4Address"]?.GetValue<string>() ?? "172.18.0.99";
                Networks[network.Replace("id-", "", StringComparison.Ordinal)] = endpoint.DeepClone();
                break;
            default:
                Status = what switch { "pause" => "paused", "kill" => "exited", _ => "running" };
                break;
        }
        return (200, "");
    }
}
