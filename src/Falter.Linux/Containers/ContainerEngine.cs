using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Falter.Linux.Containers;

/// <summary>A container engine that speaks Docker's HTTP interface on a Unix socket: Docker, Podman.</summary>
/// <param name="Socket">The socket's path.</param>
internal sealed record ContainerEngine(string Socket)
{
    // The engine may be busy starting or stopping containers.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

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
    public ContainerState? Find(string container)
    {
        using var handler = new SocketsHttpHandler { ConnectCallback = (_, cancel) => ConnectAsync(cancel), UseProxy = false };
        using var client = new HttpClient(handler) { Timeout = s_patience };
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://engine/containers/{Uri.EscapeDataString(container)}/json");
        using HttpResponseMessage answer = client.Send(request);
        if (answer.StatusCode == HttpStatusCode.NotFound) return null;
        answer.EnsureSuccessStatusCode();
        using var document = JsonDocument.Parse(answer.Content.ReadAsStream());
        JsonElement state = document.RootElement.GetProperty("State");
        return new ContainerState(document.RootElement.GetProperty("Id").GetString()!, state.GetProperty("Pid").GetInt32(), state.GetProperty("Status").GetString() ?? "");
    }

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

/// <summary>What an engine says of a container.</summary>
/// <param name="Id">Its whole id.</param>
/// <param name="Pid">Its first process in the engine's pid namespace; 0 where it does not run.</param>
/// <param name="Status"><c>running</c>, <c>exited</c>, <c>paused</c> …</param>
internal sealed record ContainerState(string Id, int Pid, string Status);
