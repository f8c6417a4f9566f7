using System.Text.Json;

namespace Falter.EndToEnd.Tests;

/// <summary>What single fields of rules do to a program, launched and running.</summary>
public sealed class InjectRuleTests : IDisposable
{
    private const int EPERM = 1, EIO = 5, EACCES = 13;

    private const string Modules = "import os, signal, sys, time\n";

    // Each ends with a number that only the fault can have brought about. The delay's is a lower bound, which no load can break.
    private const string Returned = "sys.exit(os.getsid(0))";
    private const string ReadBytes = "sys.exit(len(os.read(os.open('/proc/self/status', 0), 100)))";
    private const string WasHeld = "start = time.monotonic(); os.getsid(0); sys.exit(41 if time.monotonic() - start >= 0.3 else 1)";
    private const string GotSignal = "got = []\nsignal.signal(signal.SIGUSR1, lambda *_: got.append(1))\nos.getsid(0)\nsys.exit(42 if got else 1)";

    private readonly string _folder = Directory.CreateTempSubdirectory("falter-test-rule-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("getsid:retval=77", Returned, 77)]
    [InlineData("getsid:delay=300ms", WasHeld, 41)]
    [InlineData("getsid:signal=SIGUSR1", GotSignal, 42)]
    public async Task A_launched_program_meets_the_effect(string rule, string script, int exitCode)
    {
        Needs.Root();
        JsonElement document = Document(await FalterProcess.RunAsync("inject", rule, "--format", "json", "--", "python3", "-c", Modules + script));
        Assert.Equal($"exit code {exitCode}", document.GetProperty("target_status").GetString());
        Assert.Equal(1, Injected(document));
    }

    [Theory]
    [InlineData("getsid:retval=77", Returned, 77)]
    [InlineData("getsid:retval=77:phase=after", Returned, 77)]
    [InlineData("read:short=50%:path=/proc/*/status", ReadBytes, 50)]
    [InlineData("getsid:delay=300ms", WasHeld, 41)]
    [InlineData("getsid:delay=300ms:phase=after", WasHeld, 41)]
    [InlineData("getsid:signal=SIGUSR1", GotSignal, 42)]
    [InlineData("getsid:signal=SIGUSR1:phase=after", GotSignal, 42)]
    public async Task A_running_program_meets_the_effect(string rule, string script, int exitCode)
    {
        Needs.Root();
        using var program = new WaitingForLine("python3", "-c", $"{Modules}print(os.getpid(), flush=True)\nos.read(0, 10)\n{script}");
        using FalterProcess falter = FalterProcess.Start("inject", rule, "--format", "json", "-p", program.Pid.ToString());
        await falter.SaysAsync("armed");
        program.Go();
        Assert.Equal(exitCode, program.ExitCode);
        Assert.Equal(1, Injected(Document(await falter.EndAsync(TimeSpan.FromSeconds(60)))));
    }

    [Theory]
    [InlineData("before")]
    [InlineData("after")]
    public async Task Of_several_rules_the_first_that_acts_wins_and_each_numbers_every_call(string phase)
    {
        Needs.Root();
        using var program = new WaitingProgram("getppid", "10");
        using FalterProcess falter = FalterProcess.Start("inject", $"getppid:error=EPERM:when=2+2:phase={phase}", $"getppid:error=EIO:when=3..6:phase={phase}", "--format", "json", "-p", program.Pid.ToString());
        await falter.SaysAsync("armed");
        IReadOnlyDictionary<int, long> seen = program.Finish();
        JsonElement rules = Document(await falter.EndAsync(TimeSpan.FromSeconds(60))).GetProperty("rules");
        // 2, 4, 6, 8, 10 are the first rule's; 3 and 5 remain for the second.
        Assert.Equal((5, 2, 3), (seen[EPERM], seen[EIO], seen[0]));
        Assert.Equal([10, 10], rules.EnumerateArray().Select(r => r.GetProperty("matched").GetInt32()));
        Assert.Equal(2, rules[1].GetProperty("skipped").GetProperty("earlier").GetInt32());
    }

    [Fact]
    public async Task Only_the_named_file_of_a_running_program_fails()
    {
        Needs.Root();
        string made = Path.Combine(_folder, "made");
        using var program = new WaitingProgram("create", "20", made);
        using FalterProcess falter = FalterProcess.Start("inject", $"open:error=EACCES:path={made}.1*", "--format", "json", "-p", program.Pid.ToString());
        await falter.SaysAsync("armed");
        Assert.Equal(11, program.Finish()[EACCES]);
        Assert.Equal(11, Injected(Document(await falter.EndAsync(TimeSpan.FromSeconds(60)))));
        Assert.Equal(["made.0", "made.2"], Directory.GetFiles(_folder).Select(f => Path.GetFileName(f)).Order().Take(2));
    }

    [Fact]
    public async Task A_program_has_its_own_name_from_its_first_call_on()
    {
        Needs.Root();
        string first = Path.Combine(_folder, "first"), second = Path.Combine(_folder, "second");
        File.WriteAllText(first, "");
        File.WriteAllText(second, "");
        // The same thread asks for a file under both names.
        FalterResult result = await FalterProcess.RunAsync("inject", $"openat:error=EIO:process=cat:path={_folder}", "--format", "json", "--", "sh", "-c", $"exec 3< {first}; exec cat {second}");
        JsonElement document = Document(result);
        Assert.Equal("exit code 1", document.GetProperty("target_status").GetString());
        Assert.Equal(1, Injected(document));
        Assert.Contains("Input/output error", result.Talk);
    }

    [Fact]
    public async Task Descendants_that_outlive_the_named_process_are_injected_into_until_the_last_has_ended()
    {
        Needs.Root();
        string gate = Path.Combine(_folder, "go");
        using var root = new WaitingForLine("sh", "-c", $"echo $$; GO={gate} {CProgram.Compiled("injected")} getppid 50 > {_folder}/seen & read line");
        Assert.True(await Shell.UntilAsync(() => Shell.ChildrenOf(root.Pid, "injected").Count == 1, TimeSpan.FromSeconds(30)));
        using FalterProcess falter = FalterProcess.Start("inject", "getppid:error=EIO", "--format", "json", "-d", "120s", "-p", root.Pid.ToString());
        await falter.SaysAsync("armed");
        root.Go();
        Assert.Equal(0, root.ExitCode);
        // Falter looks for the target's end every 100 ms; had it taken this for the end, it would be gone.
        await Task.Delay(500);
        File.WriteAllText(gate, "");
        Assert.Equal(50, Injected(Document(await falter.EndAsync(TimeSpan.FromSeconds(60)))));
    }

    [Fact]
    public async Task A_target_that_executes_another_program_in_the_middle_stays_the_target()
    {
        Needs.Root();
        using var program = new WaitingProgram("exec", "50");
        using FalterProcess falter = FalterProcess.Start("inject", "getppid:error=EIO:when=1..20", "--format", "json", "-p", program.Pid.ToString());
        await falter.SaysAsync("armed");
        IReadOnlyDictionary<int, long> seen = program.Finish();
        Assert.Equal((20, 30), (seen[EIO], seen[0]));
        Assert.Equal(20, Injected(Document(await falter.EndAsync(TimeSpan.FromSeconds(60)))));
    }

    [Fact]
    public async Task A_target_that_ends_in_the_middle_is_told_and_the_counts_are_given()
    {
        Needs.Root();
        using var program = new WaitingProgram("getppid", "50");
        using FalterProcess falter = FalterProcess.Start("inject", "mkdir:error=EIO", "-p", program.Pid.ToString());
        await falter.SaysAsync("armed");
        program.Finish();
        FalterResult result = await falter.EndAsync(TimeSpan.FromSeconds(60));
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Matches(@"(?m)^mkdir:error=EIO +0 +0", result.Output);
        Assert.Contains("the target ended before the time was over", result.Talk);
    }

    [Fact]
    public async Task A_command_that_is_done_before_it_could_be_attached_to_is_no_mistake_in_a_process_number()
    {
        Needs.Root();
        FalterResult result = await FalterProcess.RunAsync("inject", "getppid:error=EIO", "--mechanism", "ptrace", "--", CProgram.Static());
        // The machine decides who is first.
        if (result.ExitCode != 0) Assert.Contains("so nothing was armed", result.Talk);
        Assert.DoesNotContain("no such process", result.Talk);
    }

    private static long Injected(JsonElement document) => document.GetProperty("rules")[0].GetProperty("injected").GetInt64();

    private static JsonElement Document(FalterResult result)
    {
        Assert.True(result.ExitCode == 0, result.ToString());
        return JsonDocument.Parse(result.Output).RootElement;
    }
}
