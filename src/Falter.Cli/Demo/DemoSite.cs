using System.Net;
using System.Net.Sockets;

namespace Falter.Cli;

/// <summary>A small web site in a temporary folder, with nginx's own configuration; removed at the end.</summary>
internal sealed class DemoSite : IDisposable
{
    /// <summary>What the workload requests: pages that are there, one that is answered by another server, and two that are missing.</summary>
    public static readonly string[] Pages = ["/", "/about.html", "/data/list.json", "/download.bin", "/api/status", "/missing.html", "/old/page.html"];

    public DemoSite()
    {
        Folder = Directory.CreateTempSubdirectory("falter-demo-").FullName;
        // nginx's workers serve as another user when the master is root; they must be able to enter.
        File.SetUnixFileMode(Folder, (UnixFileMode)0b111_101_101);
        (int port, int upstream) = (FreePort(), FreePort());
        Url = $"http://127.0.0.1:{port}";
        Write("html/index.html", "<h1>Falter's demonstration</h1>");
        Write("html/about.html", "<p>Served by nginx.</p>");
        Write("html/data/list.json", $"[{string.Join(',', Enumerable.Range(0, 5000))}]");
        // More than a socket's buffer takes at once.
        File.WriteAllBytes(Path.Combine(Folder, "html", "download.bin"), new byte[4 << 20]);
        Write("nginx.conf", Configuration(port, upstream));
        Directory.CreateDirectory(Path.Combine(Folder, "tmp"));
    }

    public string Folder { get; }
    public string Url { get; }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    // Ordinary settings; together they show the errors that a busy nginx lives with: missing files and compressed copies, accept until nothing is left,
    // a connection to an upstream server that is still in progress.
    private static string Configuration(int port, int upstream) => $$"""
        worker_processes 2;
        pid nginx.pid;
        error_log stderr error;
        events { worker_connections 512; multi_accept on; }
        http {
            access_log off;
            sendfile on;
            gzip_static on;
            client_body_temp_path tmp/body; proxy_temp_path tmp/proxy; fastcgi_temp_path tmp/fastcgi; uwsgi_temp_path tmp/uwsgi; scgi_temp_path tmp/scgi;
            server {
                listen 127.0.0.1:{{port}};
                root html;
                location /old/ { try_files $uri $uri/index.html =404; }
                location /api/ { proxy_pass http://127.0.0.1:{{upstream}}; }
            }
            server {
                listen 127.0.0.1:{{upstream}};
                default_type application/json;
                location / { return 200 '{"status":"ok"}'; }
            }
        }
        """;

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private void Write(string name, string text)
    {
        string path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
