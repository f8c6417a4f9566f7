using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Falter.EndToEnd.Tests;

/// <summary>A real server in a temporary folder, as Debian ships it: how to start it, and how to ask it.</summary>
public sealed partial class RealServer : IDisposable
{
    private Process? _process;

    private RealServer(string folder, int port, string[] command)
    {
        Folder = folder;
        Port = port;
        Command = command;
    }

    public string Folder { get; }
    public int Port { get; }
    public string Url => $"http://127.0.0.1:{Port}";

    /// <summary>The command that keeps it in the foreground.</summary>
    public string[] Command { get; }

    public int Pid => _process!.Id;

    /// <summary>nginx with two workers, some pages there and some missing.</summary>
    public static RealServer Nginx()
    {
        (string folder, int port) = Place("nginx");
        Require("nginx");
        File.WriteAllText(Path.Combine(folder, "index.html"), "<h1>here</h1>");
        Directory.CreateDirectory(Path.Combine(folder, "tmp"));
        File.WriteAllText(Path.Combine(folder, "nginx.conf"), $$"""
            worker_processes 2;
            pid nginx.pid;
            error_log stderr crit;
            events { worker_connections 256; multi_accept on; }
            http {
                access_log off;
                client_body_temp_path tmp/1; proxy_temp_path tmp/2; fastcgi_temp_path tmp/3; uwsgi_temp_path tmp/4; scgi_temp_path tmp/5;
                server { listen 127.0.0.1:{{port}}; root {{folder}}; }
            }
            """);
        return new RealServer(folder, port, ["nginx", "-p", folder, "-c", "nginx.conf", "-e", "error.log", "-g", "daemon off;"]);
    }

    public static RealServer Redis()
    {
        (string folder, int port) = Place("redis");
        Require("redis-server");
        return new RealServer(folder, port, ["redis-server", "--port", port.ToString(), "--bind", "127.0.0.1", "--dir", folder, "--save", ""]);
    }

    /// <summary>Python's own HTTP server over a folder with one page.</summary>
    public static RealServer Python()
    {
        (string folder, int port) = Place("python");
        Require("python3");
        File.WriteAllText(Path.Combine(folder, "page.txt"), "here");
        return new RealServer(folder, port, ["python3", "-m", "http.server", port.ToString(), "--bind", "127.0.0.1", "--directory", folder]);
    }

    /// <summary>The server of <c>tests/programs/answers.c</c>, which meets its injected error in the manner that it is told.</summary>
    public static RealServer Answers(string manner)
    {
        (string folder, int port) = Place("answers");
        return new RealServer(folder, port, [CompiledProgram.Path("answers"), manner, port.ToString(), folder]);
    }

    /// <summary>Starts it outside of Falter and waits until it takes connections.</summary>
    public async Task StartAsync()
    {
        _process = Process.Start(new ProcessStartInfo(Command[0], Command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        Assert.True(await Shell.UntilAsync(TakesConnections, TimeSpan.FromSeconds(20)), $"{Command[0]} did not start");
    }

    public bool TakesConnections()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Sends requests on connections of their own and counts those that are not answered with 200.</summary>
    public async Task<int> FailuresOfAsync(int requests)
    {
        using var http = new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero }) { Timeout = TimeSpan.FromSeconds(5) };
        int failures = 0;
        for (int i = 0; i < requests; i++)
        {
            try
            {
                using HttpResponseMessage response = await http.GetAsync($"{Url}/");
                if (!response.IsSuccessStatusCode) failures++;
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                failures++;
            }
        }
        return failures;
    }

    public void Dispose()
    {
        if (_process is { HasExited: false })
        {
            Shell.Run("kill", "-TERM", _process.Id.ToString());
            if (!_process.WaitForExit(5000)) _process.Kill(entireProcessTree: true);
        }
        _process?.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private static (string Folder, int Port) Place(string name)
    {
        string folder = Directory.CreateTempSubdirectory($"falter-test-{name}-").FullName;
        File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
        return (folder, FreePort());
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static void Require(string program)
    {
        bool found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));
        if (!found) Assert.Skip($"{program} is not installed; eng/prerequisites installs it");
    }
}
