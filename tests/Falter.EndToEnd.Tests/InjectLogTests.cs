using System.Text.Json;

namespace Falter.EndToEnd.Tests;

/// <summary>What <c>falter inject --log</c> writes, and what <c>--replay</c> makes of it.</summary>
public sealed class InjectLogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("falter-test-log-").FullName;

    private string Log => Path.Combine(_folder, "faults.jsonl");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_call_that_was_failed_is_logged_with_its_file()
    {
        Needs.Root();
        string made = Path.Combine(_folder, "made");
        await RunAsync($"openat:error=EACCES:path={made}.1", "--log", Log, "--", CProgram.Compiled("injected"), "create", "3", made);
        JsonElement[] lines = Lines(Log);
        Assert.Equal(["intent", "injected", "undone"], lines.Select(Step));
        JsonElement call = lines[1];
        Assert.Equal("injected", call.GetProperty("process").GetString());
        Assert.Equal("openat", call.GetProperty("syscall").GetString());
        Assert.Equal($"{made}.1", call.GetProperty("path").GetString());
        Assert.Equal("EACCES", call.GetProperty("error").GetString());
        Assert.Equal("before", call.GetProperty("phase").GetString());
        Assert.Equal(6, call.GetProperty("arguments").GetArrayLength());
        // AT_FDCWD, as the register holds it; O_CREAT | O_WRONLY.
        Assert.EndsWith("ffffff9c", call.GetProperty("arguments")[0].GetString());
        Assert.Equal("0x41", call.GetProperty("arguments")[2].GetString());
        Assert.Equal(1, lines[2].GetProperty("injected").GetInt64());
        Assert.True(call.GetProperty("at_seconds").GetDouble() <= lines[2].GetProperty("at_seconds").GetDouble(), "undone before it was done");
        Assert.Equal(["made.0", "made.2"], Directory.GetFiles(_folder, "made.*").Select(f => Path.GetFileName(f)).Order());
    }

    [Fact]
    public async Task A_connection_that_was_failed_is_logged_with_its_peer_and_others_are_let_be()
    {
        Needs.Root();
        // Nobody listens on either port: by nature both are refused.
        const string Script = "import socket, sys\nfor port in 1, 2: print(port, socket.socket().connect_ex(('127.0.0.1', port)), flush=True)";
        FalterResult result = await RunAsync("connect:error=ETIMEDOUT:peer=127.0.0.1:1", "--log", Log, "--", "python3", "-c", Script);
        Assert.Equal((110, 111), (WaitingProgram.Counts(result.Talk)[1], WaitingProgram.Counts(result.Talk)[2]));
        JsonElement call = Assert.Single(Lines(Log), l => Step(l) == "injected");
        Assert.Equal("127.0.0.1:1", call.GetProperty("peer").GetString());
        Assert.Equal("ETIMEDOUT", call.GetProperty("error").GetString());
    }

    [Fact]
    public async Task A_replayed_log_fails_the_same_calls()
    {
        Needs.Root();
        string again = Path.Combine(_folder, "again.jsonl"), other = Path.Combine(_folder, "other.jsonl");
        string[] program = ["--", CProgram.Compiled("injected"), "getppid", "300"];
        await RunAsync(["getppid:error=EPERM:rate=20%", "getppid:error=EIO:rate=30%:burst=3", "--seed", "17", "--log", Log, .. program]);
        await RunAsync(["--replay", Log, "--log", again, .. program]);
        await RunAsync(["--replay", Log, "--seed", "18", "--log", other, .. program]);
        Assert.InRange(Choices(Log).Length, 60, 240);
        Assert.Equal(Choices(Log), Choices(again));
        Assert.NotEqual(Choices(Log), Choices(other));
    }

    private static async Task<FalterResult> RunAsync(params string[] arguments)
    {
        FalterResult result = await FalterProcess.RunAsync(["inject", .. arguments]);
        Assert.True(result.ExitCode == 0, result.ToString());
        return result;
    }

    private static JsonElement[] Lines(string file) => [.. File.ReadLines(file).Select(l => JsonDocument.Parse(l).RootElement)];

    private static string? Step(JsonElement line) => line.GetProperty("step").GetString();

    private static string[] Choices(string file) =>
        [.. Lines(file).Where(l => Step(l) == "injected").Select(l => $"{l.GetProperty("plan")} {l.GetProperty("thread")} {l.GetProperty("call")} {l.GetProperty("syscall")} {l.GetProperty("error")}")];
}
