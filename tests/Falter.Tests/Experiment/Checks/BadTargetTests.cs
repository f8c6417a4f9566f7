using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Falter.Experiment;
using Falter.Linux.Proc;
using Falter.Records;

namespace Falter.Tests.Experiment.Checks;

/// <summary>A probe never throws and ends within its time-out, whatever the target does.</summary>
public sealed class BadTargetTests : IDisposable
{
    // What a loaded machine may add to the time-out.
    private static readonly TimeSpan s_timeout = TimeSpan.FromMilliseconds(400), s_slack = TimeSpan.FromSeconds(15);

    private readonly string _folder = Directory.CreateTempSubdirectory("falter-test-bad-").FullName;

    private static readonly (string Name, Func<NetworkStream, string, CancellationToken, Task> Answer, bool? Answered)[] s_servers =
    [
        ("hangs", (_, _, cancel) => Task.Delay(-1, cancel), false),
        ("closes", (_, _, _) => Task.CompletedTask, true),
        ("garbage", (s, _, cancel) => s.WriteAsync(Noise(4096, 1), cancel).AsTask(), true),
        ("cut-off", (s, _, cancel) => s.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"status\":"u8.ToArray(), cancel).AsTask(), true),
        ("drips", DripAsync, false),
        ("drips a head", DripHeadAsync, false),
        ("endless body", EndlessAsync, null),
        ("huge body", HugeAsync, null),
        ("endless head", EndlessHeadAsync, true),
        ("wrong length", (s, _, cancel) => s.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n"u8.ToArray(), cancel).AsTask(), true),
        ("bad chunks", (s, _, cancel) => s.WriteAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"u8.ToArray(), cancel).AsTask(), true),
        ("no UTF-8", (s, _, cancel) => s.WriteAsync((byte[])[.. "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"u8, 0xff, 0xfe, 0xc3, 0x28], cancel).AsTask(), true),
    ];

    public static TheoryData<string> Servers => [.. s_servers.Select(s => s.Name)];

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task Servers_that_answer_badly(string name)
    {
        (_, Func<NetworkStream, string, CancellationToken, Task> answer, bool? answered) = s_servers.Single(s => s.Name == name);
        using var server = new AnsweringServer(answer);
        CheckDefinition[] asking = [Given.Http(server.Url, "^never$"), Given.Prometheus(server.Url, "up")];
        ProbeResult[] results = await Task.WhenAll(asking.Select(d => EndsInTimeAsync(d with { Timeout = s_timeout }, Given.Role())));
        Assert.All(results, r => Assert.False(r.Passed));
        if (answered is { } expected) Assert.All(results, r => Assert.Equal(expected, r.Answered));
    }

    [Fact]
    public async Task Ports_that_nobody_answers_at()
    {
        string closed = AnsweringServer.ClosedAddress();
        // A full backlog: the kernel drops further connections silently.
        using var full = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        full.Listen(0);
        using var first = new TcpClient();
        await first.ConnectAsync((System.Net.IPEndPoint)full.LocalEndPoint!, TestContext.Current.CancellationToken);
        string silent = full.LocalEndPoint!.ToString()!;
        foreach (CheckDefinition definition in new CheckDefinition[] { Given.Http($"http://{closed}/"), Given.Tcp(closed), Given.Prometheus($"http://{closed}", "up"), Given.Tcp("no-such-host.invalid:80") })
        {
            ProbeResult result = await EndsInTimeAsync(definition, Given.Role());
            Assert.False(result.Passed);
        }
        foreach (CheckDefinition definition in new CheckDefinition[] { Given.Http($"http://{silent}/"), Given.Prometheus($"http://{silent}", "up") })
        {
            Assert.False((await EndsInTimeAsync(definition with { Timeout = s_timeout }, Given.Role())).Answered);
        }
    }

    [Theory]
    [InlineData("sleep 60", false)]
    [InlineData("yes", false)]
    [InlineData("trap '' TERM INT HUP; while :; do sleep 60; done", false)]
    [InlineData("kill -9 $$", true)]
    [InlineData("no-such-command-at-all", true)]
    [InlineData("head -c 3000000 /dev/urandom", true)]
    public async Task Commands_that_behave_badly(string command, bool answered)
    {
        CommandCheckDefinition definition = Given.Command(command) with { Output = "^never$", Timeout = answered ? Given.Timeout : s_timeout };
        ProbeResult result = await EndsInTimeAsync(definition, Given.Role());
        Assert.Equal((false, answered), (result.Passed, result.Answered));
    }

    [Fact]
    public async Task Roles_that_are_not_what_they_seem()
    {
        string pipe = Path.Combine(_folder, "pipe");
        using (Process made = Process.Start("mkfifo", pipe)) await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        RoleState[] roles = [Given.Role(), Given.Role(int.MaxValue), Given.Role(1), new("web", [int.MaxValue], true, 3, "/nonexistent/log"), new("web", [], false, 0, pipe), new("web", [], false, 0, _folder)];
        CheckDefinition[] definitions =
        [
            .. Enum.GetValues<ProcessMeasure>().Select(m => Given.Process(m)), Given.Log("x"), Given.Log("x", pipe), Given.Log("x", _folder), Given.Log("x", "/nonexistent"),
            Given.Runtime("System.Runtime/cpu-usage"), Given.Runtime("java.threads.live"),
        ];
        foreach (RoleState role in roles)
        {
            foreach (CheckDefinition definition in definitions) await EndsInTimeAsync(definition with { Timeout = s_timeout }, role);
        }
    }

    [Theory]
    [InlineData("hangs")]
    [InlineData("closes")]
    [InlineData("garbage")]
    [InlineData("drips")]
    public async Task Processes_whose_diagnostics_socket_behaves_badly(string behaviour)
    {
        // The socket is found by the number of the process, whoever made it.
        using Process process = Process.Start(new ProcessStartInfo("sleep", "60") { Environment = { ["TMPDIR"] = _folder } })!;
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(_folder, $"dotnet-diagnostic-{process.Id}-{ProcessStat.Read(process.Id)!.StartTicks}-socket")));
            socket.Listen();
            using var end = new CancellationTokenSource();
            Task serving = ServeAsync(socket, s_servers.Single(s => s.Name == behaviour).Answer, end.Token);
            ProbeResult result = await EndsInTimeAsync(Given.Runtime("System.Runtime/cpu-usage") with { Timeout = s_timeout }, Given.Role(process.Id));
            Assert.False(result.Passed);
            Assert.DoesNotContain("offers no", result.Detail);
            await end.CancelAsync();
            await serving;
        }
        finally
        {
            process.Kill();
        }
    }

    [Fact]
    public async Task Cancellation_is_the_one_thing_that_throws()
    {
        using var server = new AnsweringServer((_, _, cancel) => Task.Delay(-1, cancel));
        foreach (CheckDefinition definition in new CheckDefinition[] { Given.Http(server.Url), Given.Prometheus(server.Url, "up"), Given.Command("sleep 60") })
        {
            ICheck check = Falter.Experiment.Checks.Of(definition with { Timeout = TimeSpan.FromMinutes(5) }, _ => Given.Role());
            using var cancel = new CancellationTokenSource();
            Task<ProbeResult> probe = check.ProbeAsync(cancel.Token);
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => probe.WaitAsync(s_slack, TestContext.Current.CancellationToken));
            await Falter.Experiment.Checks.EndAsync([check]);
        }
    }

    private static async Task<ProbeResult> EndsInTimeAsync(CheckDefinition definition, RoleState role)
    {
        long memory = GC.GetTotalMemory(forceFullCollection: false), start = Stopwatch.GetTimestamp();
        ProbeResult result = await Given.ProbeAsync(definition, role);
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, definition.Timeout + s_slack);
        Assert.NotNull(result.Detail);
        Assert.InRange(result.Detail.Length, 1, 300);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - memory, long.MinValue, 100_000_000);
        return result;
    }

    private static async Task ServeAsync(Socket listener, Func<NetworkStream, string, CancellationToken, Task> answer, CancellationToken cancel)
    {
        try
        {
            while (true)
            {
                using Socket connection = await listener.AcceptAsync(cancel);
                await using var stream = new NetworkStream(connection);
                _ = await stream.ReadAsync(new byte[4096], cancel);
                await answer(stream, "", cancel);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException)
        {
            // The end of the test, or of the probe.
        }
    }

    private static byte[] Noise(int length, int seed)
    {
        byte[] noise = new byte[length];
        new Random(seed).NextBytes(noise);
        return noise;
    }

    private static async Task DripAsync(NetworkStream stream, string request, CancellationToken cancel)
    {
        await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"u8.ToArray(), cancel);
        for (; ; await Task.Delay(20, cancel)) await stream.WriteAsync("x"u8.ToArray(), cancel);
    }

    private static async Task DripHeadAsync(NetworkStream stream, string request, CancellationToken cancel)
    {
        await stream.WriteAsync("HTTP/1.1 200 OK\r\nX: "u8.ToArray(), cancel);
        for (; ; await Task.Delay(20, cancel)) await stream.WriteAsync("x"u8.ToArray(), cancel);
    }

    private static async Task EndlessAsync(NetworkStream stream, string request, CancellationToken cancel)
    {
        await stream.WriteAsync("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"u8.ToArray(), cancel);
        byte[] block = Encoding.ASCII.GetBytes(new string('x', 65536));
        while (true) await stream.WriteAsync(block, cancel);
    }

    private static async Task EndlessHeadAsync(NetworkStream stream, string request, CancellationToken cancel)
    {
        byte[] line = Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\n");
        await stream.WriteAsync(line, cancel);
        byte[] block = Encoding.ASCII.GetBytes($"X: {new string('x', 8192)}\r\n");
        while (true) await stream.WriteAsync(block, cancel);
    }

    private static async Task HugeAsync(NetworkStream stream, string request, CancellationToken cancel)
    {
        await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 20000000\r\n\r\n"u8.ToArray(), cancel);
        byte[] block = Noise(1_000_000, 2);
        for (int i = 0; i < 20; i++) await stream.WriteAsync(block, cancel);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
