using System.Net.Sockets;
using System.Text;

namespace Falter.EndToEnd.Tests;

/// <summary>A real server together with its own client and the errors that fit it.</summary>
/// <param name="Server">The server.</param>
/// <param name="Ready">How Falter knows that it is ready (<c>--ready</c>): what is loaded at the first answer, a failed open would keep out for good.</param>
/// <param name="Rules">The rules, without a phase.</param>
/// <param name="AskAsync">Asks it once, on a connection of its own: whether the answer was right.</param>
public sealed record DrivenTarget(RealServer Server, string Ready, string[] Rules, Func<Task<bool>> AskAsync) : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    // New connections and files fail: what every server must live with.
    private const string Connections = "accept,accept4:error=EMFILE:rate=5%", Files = "openat:error=EMFILE:rate=4%";

    /// <summary>The target of a name.</summary>
    public static DrivenTarget Of(string name) => name switch
    {
        "nginx" => Http(RealServer.Nginx(), "/", Connections, Files),
        "etcd" => Etcd(RealServer.Etcd()),
        "java" => Http(RealServer.Java(), "/", Connections, Files),
        "python" => Http(RealServer.PythonWithChildren(), "/", Connections, Files),
        "aspnet" => Http(RealServer.AspNet(), "/notes/page", Connections, Files),
        "redis" => Redis(RealServer.Redis()),
        _ => PostgreSql(RealServer.PostgreSql()),
    };

    public void Dispose() => Server.Dispose();

    private static DrivenTarget Http(RealServer server, string page, params string[] rules) => new(server, server.Url + page, rules, async () =>
    {
        using HttpClient http = Client();
        using HttpResponseMessage response = await http.GetAsync(server.Url + page);
        return response.IsSuccessStatusCode;
    });

    private static DrivenTarget Etcd(RealServer server) => new(server, $"{server.Url}/health", [Connections], async () =>
    {
        using HttpClient http = Client();
        using var put = new StringContent("""{"key":"a2V5","value":"dmFsdWU="}""");
        using HttpResponseMessage response = await http.PostAsync($"{server.Url}/v3/kv/put", put);
        return response.IsSuccessStatusCode;
    });

    private static DrivenTarget Redis(RealServer server) => new(server, $"redis-cli -p {server.Port} ping", [Connections, "read:error=ECONNRESET:rate=4%"], async () =>
    {
        using var client = new TcpClient();
        using var limit = new CancellationTokenSource(s_patience);
        await client.ConnectAsync("127.0.0.1", server.Port, limit.Token);
        await client.GetStream().WriteAsync("INCR visits\r\n"u8.ToArray(), limit.Token);
        byte[] answer = new byte[64];
        int length = await client.GetStream().ReadAsync(answer, limit.Token);
        return Encoding.ASCII.GetString(answer, 0, length).StartsWith(':');
    });

    private static DrivenTarget PostgreSql(RealServer server) => new(server, $"pg_isready -h 127.0.0.1 -p {server.Port}", [Files, "pread64:error=EIO:rate=3%"], async () =>
    {
        string output = await Task.Run(() => Shell.Run("timeout", "5", "psql", "-h", "127.0.0.1", "-p", server.Port.ToString(), "-U", "postgres", "-w", "-tAqc",
            "create table if not exists t (n int); insert into t values (1); select count(*) > 0 from t"));
        return output.Contains("t\n", StringComparison.Ordinal) && !output.Contains("ERROR", StringComparison.Ordinal);
    });

    private static HttpClient Client() => new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero }) { Timeout = s_patience };
}
