using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Falter.Records;

namespace Falter.Linux.Containers;

/// <summary>A container engine that speaks Docker's HTTP interface on a Unix socket: Docker, Podman.</summary>
/// <param name="Socket">The socket's path.</param>
internal sealed record ContainerEngine(string Socket)
{
    // The engine may be busy starting or stopping containers.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    // A restart lets the container end by itself first, for 10 s.
    private static readonly TimeSpan s_patienceForChanges = TimeSpan.FromSeconds(60);

    /// <summary>The engines that may be here: the one of DOCKER_HOST alone where it is set, else Docker's and Podman's usual sockets.</summary>
    public static IEnumerable<ContainerEngine> All()
    {
        const string scheme = "unix://";
        if (Environment.GetEnvironmentVariable("DOCKER_HOST") is { Length: > 0 } host)
        {
            return host.StartsWith(scheme, StringComparison.Ordinal) ? [new ContainerEngine(host[scheme.Length..])] : [];
        }
        string? own = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        string[] sockets = ["/run/docker.sock", "/run/podman/podman.sock", .. own is null ? [] : (string[])[Path.Join(own, "docker.sock"), Path.Join(own, "podman/podman.sock")]];
        return sockets.Where(File.Exists).Select(s => new ContainerEngine(s));
    }

    /// <summary>A container by its name, its id, or the beginning of its id.</summary>
    /// <returns>Null where this engine has none.</returns>
    /// <exception cref="HttpRequestException">The engine cannot be reached or answers with an error.</exception>
    public ContainerState? Find(string container) => Get($"/containers/{Uri.EscapeDataString(container)}/json") is { } answer ? ContainerState.Of(answer) : null;

    /// <summary>Whether it has this network.</summary>
    /// <exception cref="HttpRequestException">As above.</exception>
    public bool HasNetwork(string id) => Get($"/networks/{Uri.EscapeDataString(id)}") is not null;

    /// <summary>Has something changed.</summary>
    /// <param name="path">What, as the interface names it.</param>
    /// <param name="body">JSON; null for none.</param>
    /// <exception cref="FalterException"><c>engine-refused</c>: with what the engine said.</exception>
    public void Change(string path, string? body = null)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"http://engine{path}");
            if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
            using HttpClient client = Client(s_patienceForChanges);
            using HttpResponseMessage answer = client.Send(request);
            // 304: it is so already.
            if (answer.IsSuccessStatusCode || answer.StatusCode == HttpStatusCode.NotModified) return;
            throw Refused($"POST {path}: {(int)answer.StatusCode} {Message(answer)}");
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            throw Refused($"POST {path}: {e.Message}");
        }
    }

    private static string Message(HttpResponseMessage answer)
    {
        using var reader = new StreamReader(answer.Content.ReadAsStream());
        string text = reader.ReadToEnd();
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.TryGetProperty("message", out JsonElement message) ? message.GetString() ?? text : text;
        }
        catch (JsonException)
        {
            return text.Trim();
        }
    }

    private FalterException Refused(string what) => FalterException.Cannot("engine-refused", $"{Socket}: {what}");

    private JsonElement? Get(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://engine{path}");
        using HttpClient client = Client(s_patience);
        using HttpResponseMessage answer = client.Send(request);
        if (answer.StatusCode == HttpStatusCode.NotFound) return null;
        answer.EnsureSuccessStatusCode();
        using var document = JsonDocument.Parse(answer.Content.ReadAsStream());
        return document.RootElement.Clone();
    }

    private HttpClient Client(TimeSpan patience) =>
        new(new SocketsHttpHandler { ConnectCallback = (_, cancel) => ConnectAsync(cancel), UseProxy = false }) { Timeout = patience };

    private async ValueTask<Stream> ConnectAsync(CancellationToken cancel)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Socket), cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
