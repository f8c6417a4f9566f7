namespace Falter.EndToEnd.Tests;

/// <summary>Servers of other runtimes: Go, the JVM, Python with threads and children, .NET, and PostgreSQL's many processes.</summary>
public sealed partial class RealServer
{
    /// <summary>A user without privileges: PostgreSQL refuses to be root.</summary>
    private const string Nobody = "65534";

    // Answers each request from a file that it opens anew.
    private const string JavaSource = """
        import com.sun.net.httpserver.HttpServer;
        import java.net.InetSocketAddress;
        import java.nio.file.*;
        import java.util.concurrent.Executors;

        public class Served {
            public static void main(String[] arguments) throws Exception {
                HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[0])), 64);
                server.setExecutor(Executors.newFixedThreadPool(4));
                server.createContext("/", exchange -> {
                    byte[] text;
                    int status = 200;
                    try { text = Files.readAllBytes(Path.of(arguments[1], "page.txt")); }
                    catch (java.io.IOException e) { text = new byte[] { '?' }; status = 503; }
                    exchange.sendResponseHeaders(status, text.length);
                    try (var body = exchange.getResponseBody()) { body.write(text); }
                });
                server.start();
            }
        }
        """;

    // A thread and a child for each request.
    private const string PythonSource = """
        import http.server, subprocess, sys
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                try:
                    text, status = subprocess.run(["cat", sys.argv[2] + "/page.txt"], capture_output=True, timeout=5, check=True).stdout, 200
                except (OSError, subprocess.SubprocessError):
                    text, status = b"?", 503
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)
            def log_message(self, *_): pass
        http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
        """;

    public static RealServer Etcd()
    {
        Require("etcd");
        (string folder, int port) = Place("etcd");
        string url = $"http://127.0.0.1:{port}", peers = $"http://127.0.0.1:{FreePort()}";
        return new RealServer(folder, port,
        [
            "etcd", "--data-dir", Path.Combine(folder, "data"), "--listen-client-urls", url, "--advertise-client-urls", url,
            "--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers, "--initial-cluster", $"default={peers}", "--log-level", "error",
        ]);
    }

    /// <summary>A small HTTP server on the JVM; needs the compiler, which runs a single source file.</summary>
    public static RealServer Java()
    {
        Require("java");
        Require("javac");
        (string folder, int port) = Place("java");
        File.WriteAllText(Path.Combine(folder, "page.txt"), "here");
        File.WriteAllText(Path.Combine(folder, "Served.java"), JavaSource);
        // Compiled beforehand: its start must not take longer than its test.
        Shell.Run("javac", "-d", folder, Path.Combine(folder, "Served.java"));
        return new RealServer(folder, port, ["java", "-Xmx64m", "-cp", folder, "Served", port.ToString(), folder]);
    }

    /// <summary>An HTTP server in Python that starts a thread and a process for each request.</summary>
    public static RealServer PythonWithChildren()
    {
        Require("python3");
        (string folder, int port) = Place("children");
        File.WriteAllText(Path.Combine(folder, "page.txt"), "here");
        File.WriteAllText(Path.Combine(folder, "served.py"), PythonSource);
        return new RealServer(folder, port, ["python3", Path.Combine(folder, "served.py"), port.ToString(), folder]);
    }

    /// <summary>The ASP.NET Core service of <c>samples/aspnet</c>.</summary>
    public static RealServer AspNet()
    {
        (string folder, int port) = Place("aspnet");
        string program = Path.Combine(FalterProcess.Repository, "artifacts", "bin", "aspnet", new DirectoryInfo(AppContext.BaseDirectory).Name, "falter-sample-aspnet");
        File.WriteAllText(Path.Combine(folder, "page.txt"), "here");
        return new RealServer(folder, port, [program, "--urls", $"http://127.0.0.1:{port}", "--folder", folder]);
    }

    public static RealServer PostgreSql()
    {
        string? programs = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").Select(d => Path.Combine(d, "bin")).LastOrDefault(d => File.Exists(Path.Combine(d, "initdb"))) : null;
        if (programs is null) Assert.Skip("postgresql is not installed; eng/prerequisites installs it");
        (string folder, int port) = Place("postgresql");
        string data = Path.Combine(folder, "data");
        Shell.Run("chown", Nobody, folder);
        string[] unprivileged = ["setpriv", $"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups"];
        Shell.Run(unprivileged[0], [.. unprivileged[1..], Path.Combine(programs, "initdb"), "-D", data, "-U", "postgres", "--auth=trust", "--no-sync"]);
        return new RealServer(folder, port,
            [.. unprivileged, Path.Combine(programs, "postgres"), "-D", data, "-p", port.ToString(), "-k", folder, "-c", "listen_addresses=127.0.0.1", "-c", "shared_buffers=16MB"]);
    }
}
