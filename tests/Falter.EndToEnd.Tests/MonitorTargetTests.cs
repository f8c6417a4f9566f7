using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Falter.EndToEnd.Tests;

/// <summary><c>falter monitor</c> with targets that are not process ids, as a user names them.</summary>
public sealed class MonitorTargetTests : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);
    private readonly string _folder = Directory.CreateTempSubdirectory("falter-targets-").FullName;
    private readonly string _name = $"t{Guid.NewGuid():N}"[..12];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task By_name_it_waits_for_the_program_and_goes_on_after_its_end_until_it_is_stopped()
    {
        Needs.Root();
        string program = Path.Combine(_folder, _name);
        File.Copy(CProgram.Compiled("calls"), program);
        using FalterProcess falter = FalterProcess.Start("monitor", "--format", "jsonl", "-i", "100ms", "--name", _name);
        Assert.True(await Shell.UntilAsync(() => falter.Talk.Contains($"nothing matches --name {_name} yet; waiting for it", StringComparison.Ordinal), s_limit), falter.Talk);
        for (int round = 1; round <= 2; round++)
        {
            using var calls = new WaitingForLine(program, 2, 503, 3);
            calls.Go();
            Assert.Equal(0, calls.ExitCode);
            int expected = round * (2 * 503 + 2 * 3);
            Assert.True(await Shell.UntilAsync(() => MonitorRun.Sum(new FalterResult(0, WholeLines(falter.Output), "")).GetValueOrDefault(new(_name, "close", "EBADF"))?.Count == expected, s_limit), falter.Output);
        }
        falter.Signal("INT");
        Assert.Equal(0, (await falter.EndAsync(s_limit)).ExitCode);
    }

    [Fact]
    public async Task By_control_group_only_what_is_in_it_is_counted()
    {
        Needs.Root();
        string? mount = (await File.ReadAllLinesAsync("/proc/self/mountinfo")).FirstOrDefault(l => l.Contains(" - cgroup2 ", StringComparison.Ordinal))?.Split(' ')[4];
        if (mount is null) Assert.Skip("no unified hierarchy of control groups is mounted");
        string group = Path.Combine(mount, $"falter-test-{_name}");
        Directory.CreateDirectory(group);
        try
        {
            using var inside = new WaitingForLine(CProgram.Compiled("calls"), 1, 1009, 0);
            using var outside = new WaitingForLine(CProgram.Compiled("calls"), 1, 2003, 0);
            await File.WriteAllTextAsync(Path.Combine(group, "cgroup.procs"), inside.Pid.ToString(CultureInfo.InvariantCulture));
            using FalterProcess falter = FalterProcess.Start("monitor", "--format", "jsonl", "-i", "100ms", "--cgroup", $"/falter-test-{_name}");
            Assert.True(await Shell.UntilAsync(() => falter.Output.Length > 0, s_limit), falter.Talk);
            outside.Go();
            Assert.Equal(0, outside.ExitCode);
            inside.Go();
            Assert.Equal(0, inside.ExitCode);
            Assert.True(await Shell.UntilAsync(() => MonitorRun.Sum(new FalterResult(0, WholeLines(falter.Output), "")).GetValueOrDefault(new("calls", "getppid", "success"))?.Count == 1009, s_limit), falter.Output);
            falter.Signal("INT");
            Assert.Equal(0, (await falter.EndAsync(s_limit)).ExitCode);
        }
        finally
        {
            Assert.True(await Shell.UntilAsync(() => TryRemove(group), s_limit));
        }
    }

    [Fact]
    public async Task A_container_is_asked_for_at_its_engines_socket()
    {
        using var engine = new Engine(Path.Combine(_folder, "engine.sock"));
        var here = new Dictionary<string, string> { ["DOCKER_HOST"] = $"unix://{engine.Path}" };
        FalterResult missing = await FalterProcess.RunAsync(here, "monitor", "--container", "nobody");
        Assert.Equal(2, missing.ExitCode);
        Assert.Contains($"--container nobody: no such container: {engine.Path} knows no such container", missing.Talk);
        FalterResult stopped = await FalterProcess.RunAsync(here, "monitor", "--container", "stopped");
        Assert.Equal(2, stopped.ExitCode);
        Assert.Contains("--container stopped: it does not run (its engine says exited)", stopped.Talk);
    }

    [Theory]
    [InlineData("--cgroup /no/such/group", "--cgroup /no/such/group: no such control group")]
    [InlineData("--cgroup /", "--cgroup /: that is the root")]
    [InlineData("--all --name x", "--all: that is every process")]
    [InlineData("--all -p 2", "--all: that is every process")]
    [InlineData("--except x", "no target")]
    [InlineData("--mechanism ptrace --name x", "only eBPF finds targets by name")]
    public async Task Targets_that_make_no_sense_are_refused(string options, string message)
    {
        FalterResult result = await FalterProcess.RunAsync(["monitor", .. options.Split(' ')]);
        Assert.InRange(result.ExitCode, 2, 3);
        Assert.Contains(message, result.Talk);
        Assert.Empty(result.Output);
    }

    [Fact]
    public async Task Inject_takes_the_processes_that_match_and_says_when_there_are_none()
    {
        Needs.Root();
        FalterResult none = await FalterProcess.RunAsync("inject", "getppid:error=EIO", "--name", _name, "-d", "1s");
        Assert.Equal(2, none.ExitCode);
        Assert.Contains($"no running process matches --name {_name}", none.Talk);
        string program = Path.Combine(_folder, _name);
        File.Copy(CProgram.Compiled("calls"), program);
        using var calls = new WaitingForLine(program, 1, 211, 0);
        using FalterProcess falter = FalterProcess.Start("inject", "getppid:error=EIO", "--name", _name, "--format", "json");
        Assert.True(await Shell.UntilAsync(() => falter.Talk.Contains("armed", StringComparison.Ordinal), s_limit), falter.Talk);
        calls.Go();
        Assert.Equal(0, calls.ExitCode);
        Assert.True(await Shell.UntilAsync(() => falter.HasExited, s_limit), falter.Talk);
        Assert.Contains("\"injected\": 211", falter.Output);
    }

    private static string WholeLines(string text) => text[..(text.LastIndexOf('\n') + 1)];

    private static bool TryRemove(string group)
    {
        try
        {
            Directory.Delete(group);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>A container engine that knows one container, which is stopped: what Docker's interface says of it.</summary>
    private sealed class Engine : IDisposable
    {
        private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

        public Engine(string path)
        {
            Path = path;
            _listener.Bind(new UnixDomainSocketEndPoint(path));
            _listener.Listen();
            new Thread(Serve) { IsBackground = true }.Start();
        }

        public string Path { get; }

        public void Dispose() => _listener.Dispose();

        private void Serve()
        {
            byte[] request = new byte[4096];
            while (true)
            {
                try
                {
                    using Socket client = _listener.Accept();
                    string asked = Encoding.ASCII.GetString(request, 0, client.Receive(request));
                    bool known = asked.StartsWith("GET /containers/stopped/json ", StringComparison.Ordinal);
                    string body = known ? """{"Id":"4f1c","State":{"Status":"exited","Pid":0}}""" : """{"message":"No such container"}""";
                    client.Send(Encoding.ASCII.GetBytes($"HTTP/1.1 {(int)(known ? HttpStatusCode.OK : HttpStatusCode.NotFound)} x\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}"));
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException)
                {
                    return;
                }
            }
        }
    }
}
