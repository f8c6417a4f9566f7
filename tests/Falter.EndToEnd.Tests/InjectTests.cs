using System.Text.Json;

namespace Falter.EndToEnd.Tests;

/// <summary><c>falter inject</c> as a user meets it: what it says it did is what the program saw.</summary>
public class InjectTests
{
    private const int EPERM = 1, EIO = 5;

    [Fact]
    public async Task A_command_is_injected_into_without_root()
    {
        if (Environment.UserName != "root") Assert.Skip("needs root to become another user");
        if (!FalterProcess.OthersCanRunIt) Assert.Skip("the build folder cannot be entered by another user");
        // dash asks for its parent when it starts.
        using FalterProcess falter = FalterProcess.StartUnprivileged("inject", "getppid:error=EPERM", "--format", "json", "--", "dash", "-c", "exit 0");
        FalterResult result = await falter.EndAsync(TimeSpan.FromSeconds(30));
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Contains("\"injected\": 1", result.Output);
    }

    [Fact]
    public async Task A_launched_program_sees_exactly_the_errors_that_are_counted()
    {
        Needs.Root();
        FalterResult result = await FalterProcess.RunAsync("inject", "getppid:error=EPERM:rate=30%", "--seed", "3", "--format", "json", "--", CProgram.Compiled("injected"), "getppid", "2000");
        JsonElement document = Document(result);
        IReadOnlyDictionary<int, long> seen = WaitingProgram.Counts(result.Talk);
        Assert.Equal("seccomp-notify", document.GetProperty("mechanism").GetString());
        Assert.Equal("exit code 0", document.GetProperty("target_status").GetString());
        JsonElement rule = document.GetProperty("rules")[0];
        Assert.Equal(2000, rule.GetProperty("matched").GetInt64());
        Assert.Equal(seen[EPERM], rule.GetProperty("injected").GetInt64());
        Assert.Equal(2000, seen[0] + seen[EPERM]);
        Assert.InRange(seen[EPERM], 500, 700);
    }

    [Fact]
    public async Task The_same_seed_fails_the_same_calls_and_another_seed_others()
    {
        Needs.Root();
        async Task<string> MadeAsync(string seed)
        {
            string folder = Directory.CreateTempSubdirectory("falter-test-seed-").FullName;
            try
            {
                string script = $"import os\nfor i in range(200):\n try: os.mkdir(f'{folder}/{{i:03}}')\n except PermissionError: pass";
                Document(await FalterProcess.RunAsync("inject", "mkdir:error=EPERM:rate=20%", "--seed", seed, "--format", "json", "--", "python3", "-c", script));
                return string.Join(' ', Directory.GetDirectories(folder).Select(f => Path.GetFileName(f)).Order());
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        string made = await MadeAsync("11");
        Assert.Equal(made, await MadeAsync("11"));
        Assert.NotEqual(made, await MadeAsync("12"));
    }

    [Fact]
    public async Task No_more_calls_are_failed_than_the_rule_allows()
    {
        Needs.Root();
        FalterResult result = await FalterProcess.RunAsync("inject", "getppid:error=EIO:count=5", "--format", "json", "--", CProgram.Compiled("injected"), "getppid", "100");
        JsonElement rule = Document(result).GetProperty("rules")[0];
        Assert.Equal(5, rule.GetProperty("injected").GetInt64());
        Assert.Equal(5, rule.GetProperty("count").GetInt64());
        Assert.Equal(5, WaitingProgram.Counts(result.Talk)[EIO]);
    }

    [Theory]
    [InlineData("before")]
    [InlineData("after")]
    public async Task A_running_program_sees_exactly_the_errors_that_are_counted_and_is_free_afterwards(string phase)
    {
        Needs.Root();
        using var program = new WaitingProgram("getppid", "2000");
        using FalterProcess falter = FalterProcess.Start("inject", $"getppid:error=EIO:rate=40%:phase={phase}", "--mechanism", "ptrace", "--format", "json", "-d", "60s", "-p", program.Pid.ToString());
        await falter.SaysAsync("armed");
        IReadOnlyDictionary<int, long> seen = program.Finish();
        FalterResult result = await falter.EndAsync(TimeSpan.FromSeconds(20));
        JsonElement document = Document(result), rule = document.GetProperty("rules")[0];
        Assert.Equal("ptrace", document.GetProperty("mechanism").GetString());
        Assert.Equal(phase, rule.GetProperty("phase").GetString());
        Assert.Equal(2000, rule.GetProperty("matched").GetInt64());
        Assert.Equal(seen[EIO], rule.GetProperty("injected").GetInt64());
        Assert.Equal(2000, seen[0] + seen[EIO]);
    }

    [Fact]
    public async Task After_the_duration_a_running_program_goes_on_without_a_tracer()
    {
        Needs.Root();
        using var program = new WaitingProgram("getppid", "500");
        FalterResult result = await FalterProcess.RunAsync("inject", "access:error=EIO", "-d", "300ms", "--format", "json", "-p", program.Pid.ToString());
        Assert.True(Document(result).GetProperty("rules")[0].GetProperty("injected").GetInt64() > 0, result.ToString());
        Assert.True(program.IsFree);
        IReadOnlyDictionary<int, long> seen = program.Finish();
        Assert.Equal(500, seen[0]);
        Assert.Single(seen);
    }

    [Fact]
    public async Task Ctrl_C_disarms_a_running_program_and_leaves_it_alone()
    {
        Needs.Root();
        using var program = new WaitingProgram("getppid", "500");
        using FalterProcess falter = FalterProcess.Start("inject", "access:error=EIO", "-d", "60s", "-p", program.Pid.ToString());
        await falter.SaysAsync("armed");
        falter.Signal("INT");
        FalterResult result = await falter.EndAsync(TimeSpan.FromSeconds(10));
        Assert.True(result.ExitCode == 130, result.ToString());
        Assert.Contains("nothing is left armed", result.Talk);
        Assert.Matches(@"(?m)^RULE +MATCHED +INJECTED +SKIPPED$", result.Output);
        Assert.True(program.IsFree);
        Assert.Equal(500, program.Finish()[0]);
    }

    [Fact]
    public async Task Ctrl_C_stops_a_launched_program_and_its_keeper()
    {
        Needs.Root();
        using FalterProcess falter = FalterProcess.Start("inject", "getppid:error=EIO", "-d", "60s", "--", "sleep", "62.4407");
        await falter.SaysAsync("armed");
        int keeper = Assert.Single(Shell.ChildrenOf(falter.Pid, "keeper"));
        falter.Signal("INT");
        FalterResult result = await falter.EndAsync(TimeSpan.FromSeconds(10));
        Assert.True(result.ExitCode == 130, result.ToString());
        Assert.Contains("the target was stopped: killed by SIGTERM", result.Talk);
        Assert.Empty(Shell.ProcessesWith("sleep 62.4407"));
        Assert.True(await Shell.UntilAsync(() => !Shell.IsRunning(keeper), TimeSpan.FromSeconds(5)), "the keeper outlives its target");
    }

    [Fact]
    public async Task A_dry_run_starts_and_arms_nothing()
    {
        string folder = Directory.CreateTempSubdirectory("falter-test-dry-").FullName;
        try
        {
            string[] arguments = ["inject", "openat:error=EIO:rate=5%", "--seed", "7", "--dry-run", "--", "touch", Path.Combine(folder, "made")];
            FalterResult result = await FalterProcess.RunAsync(arguments);
            Assert.True(result.ExitCode == 0, result.ToString());
            Assert.Contains("seccomp-notify", result.Output);
            Assert.Contains("openat:error=EIO:rate=5%", result.Output);
            Assert.Contains("nothing was armed", result.Output);
            Assert.Empty(result.Talk);
            Assert.Empty(Directory.GetFiles(folder));
            JsonElement document = Document(await FalterProcess.RunAsync(["inject", "--format", "json", .. arguments[1..]]));
            Assert.Equal(60, document.GetProperty("duration_seconds").GetDouble());
            Assert.Equal(7, document.GetProperty("seed").GetInt64());
            Assert.Equal(0.05, document.GetProperty("rules")[0].GetProperty("rate").GetDouble());
            Assert.Empty(Directory.GetFiles(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("mkdir:error=EIO", "made no such call")]
    [InlineData("getppid:error=EIO:rate=0.0001%", "none of 5 matching calls was drawn")]
    [InlineData("clock_gettime:error=EIO", "vdso")]
    public async Task A_fault_that_did_not_fire_is_told_with_the_reason(string rule, string reason)
    {
        Needs.Root();
        FalterResult result = await FalterProcess.RunAsync("inject", rule, "--seed", "1", "--", CProgram.Compiled("injected"), "getppid", "5");
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Contains("[fault-not-fired]", result.Talk);
        Assert.Contains(reason, result.Talk);
    }

    [Theory]
    [InlineData("--ready false", "before it was ready (--ready false)")]
    [InlineData("--after 50s", "before --after 50s was over")]
    public async Task A_target_that_ends_too_early_is_told_and_nothing_is_said_to_be_armed(string waits, string told)
    {
        Needs.Root();
        FalterResult result = await FalterProcess.RunAsync(["inject", "mkdir:error=EIO", .. waits.Split(' '), "--", CProgram.Static()]);
        Assert.True(result.ExitCode == 2, result.ToString());
        Assert.Contains($"the target ended with exit code 9 {told}, so nothing was armed", result.Talk);
        Assert.Contains("[target-exited]", result.Talk);
        Assert.DoesNotContain("falter: armed", result.Talk);
        Assert.Empty(result.Output);
    }

    [Fact]
    public async Task How_the_target_ended_is_told_and_is_not_the_exit_code()
    {
        Needs.Root();
        FalterResult result = await FalterProcess.RunAsync("inject", "close:error=EIO:count=1", "--format", "json", "--", CProgram.Static());
        Assert.Equal("exit code 9", Document(result).GetProperty("target_status").GetString());
        Assert.Contains("the target ended: exit code 9", result.Talk);
    }

    [Fact]
    public async Task Rules_are_armed_once_the_target_is_ready()
    {
        Needs.Root();
        string folder = Directory.CreateTempSubdirectory("falter-test-ready-").FullName;
        try
        {
            // Before it is ready, one file is made without an error; afterwards none.
            string script = $"import os\nopen('{folder}/first','w').close()\nwhile True:\n try:\n  os.mkdir('{folder}/again'); os.rmdir('{folder}/again')\n except PermissionError:\n  break\nopen('{folder}/last','w').close()";
            FalterResult result = await FalterProcess.RunAsync("inject", "mkdir:error=EPERM", "--ready", $"test -e {folder}/first", "--format", "json", "--", "python3", "-c", script);
            Assert.Equal(1, Document(result).GetProperty("rules")[0].GetProperty("injected").GetInt64());
            Assert.Equal(["first", "last"], Directory.GetFiles(folder).Select(f => Path.GetFileName(f)).Order());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static JsonElement Document(FalterResult result)
    {
        Assert.True(result.ExitCode == 0, result.ToString());
        return JsonDocument.Parse(result.Output).RootElement;
    }
}
