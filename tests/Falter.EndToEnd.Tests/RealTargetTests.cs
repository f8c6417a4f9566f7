using System.Diagnostics;
using System.Text.Json;

namespace Falter.EndToEnd.Tests;

/// <summary>Real servers under injection: they are driven by their own clients meanwhile, and afterwards answer as before, with no thread stopped, traced or held.</summary>
public sealed class RealTargetTests(ITestOutputHelper output)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    public static TheoryData<string> Targets { get; } = ["nginx", "redis", "postgresql", "java", "etcd", "python", "aspnet"];

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task A_launched_target_answers_again_after_its_calls_were_failed_through_a_filter(string name)
    {
        Needs.Root();
        using DrivenTarget target = DrivenTarget.Of(name);
        using FalterProcess falter = FalterProcess.Start(["inject", .. target.Rules, "--seed", "5", "-d", "3s", "--ready", target.Ready, "--format", "json", "--", .. target.Server.Command]);
        await falter.SaysAsync("armed");
        int server = Shell.ChildrenOf(falter.Pid, "").Except(Shell.ChildrenOf(falter.Pid, "keeper")).Single();
        try
        {
            await DriveAsync(target, () => falter.Talk.Contains("disarmed;", StringComparison.Ordinal) || falter.HasExited);
            await MustBeWellAsync(target, server);
        }
        finally
        {
            Shell.Run("kill", "-TERM", server.ToString());
        }
        MustHaveInjected(await falter.EndAsync(s_limit));
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task A_running_target_answers_again_after_its_calls_were_failed_by_every_mechanism_in_turn(string name)
    {
        Needs.Root();
        using DrivenTarget target = DrivenTarget.Of(name);
        await target.Server.StartAsync();
        // Of those that act after the calls bpf-trigger is chosen by itself. The filter is last: it stays with the target.
        foreach ((string mechanism, string phase, bool named) in new[] { ("ptrace", "before", true), ("bpf-trigger", "after", false), ("ptrace", "after", true), ("seccomp-attach", "before", true) })
        {
            Assert.True(await AnswersAsync(target), $"{name} does not answer before anything was armed");
            string[] rules = [.. target.Rules.Select(r => $"{r}:phase={phase}")], asked = named ? ["--mechanism", mechanism] : [];
            using FalterProcess falter = FalterProcess.Start(["inject", .. rules, .. asked, "--seed", "5", "-d", "2s", "--format", "json", "-p", target.Server.Pid.ToString()]);
            await falter.SaysAsync("armed");
            await DriveAsync(target, () => falter.HasExited);
            FalterResult result = await falter.EndAsync(s_limit);
            MustHaveInjected(result);
            Assert.Equal(mechanism, JsonDocument.Parse(result.Output).RootElement.GetProperty("mechanism").GetString());
            await MustBeWellAsync(target, target.Server.Pid);
        }
    }

    private async Task DriveAsync(DrivenTarget target, Func<bool> over)
    {
        int right = 0, wrong = 0;
        for (var clock = Stopwatch.StartNew(); !over(); )
        {
            Assert.True(clock.Elapsed < s_limit, "the rules are armed for longer than they should be");
            if (await AskAsync(target)) right++;
            else wrong++;
        }
        output.WriteLine($"{right} right answers, {wrong} others");
    }

    private static async Task MustBeWellAsync(DrivenTarget target, int server)
    {
        Assert.True(await AnswersAsync(target), "it does not answer any more");
        Assert.True(await Shell.UntilAsync(() => ThreadsThatAreHeld(server).Count == 0, TimeSpan.FromSeconds(5)), string.Join('\n', ThreadsThatAreHeld(server)));
    }

    /// <summary>Five right answers in a row: a server of several processes has met its errors in some of them.</summary>
    private static async Task<bool> AnswersAsync(DrivenTarget target)
    {
        int row = 0;
        for (var clock = Stopwatch.StartNew(); row < 5 && clock.Elapsed < s_limit;) row = await AskAsync(target) ? row + 1 : 0;
        return row == 5;
    }

    private static async Task<bool> AskAsync(DrivenTarget target)
    {
        try
        {
            return await target.AskAsync();
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException or System.Net.Sockets.SocketException)
        {
            return false;
        }
    }

    /// <summary>Threads that are stopped, traced, or wait for an answer to a call that a filter announced.</summary>
    private static List<string> ThreadsThatAreHeld(int server)
    {
        List<string> held = [];
        foreach (int pid in Shell.TreeOf(server))
        {
            foreach (string thread in ThreadsOf(pid))
            {
                string status = Read(Path.Combine(thread, "status")), stack = Read(Path.Combine(thread, "stack"));
                if (status.Contains("State:\tT", StringComparison.Ordinal) || status.Contains("State:\tt", StringComparison.Ordinal) ||
                    status.Length > 0 && !status.Contains("TracerPid:\t0\n", StringComparison.Ordinal) || stack.Contains("seccomp_do_user_notification", StringComparison.Ordinal))
                {
                    held.Add($"{status[..Math.Min(status.Length, 300)]}\n{stack}");
                }
            }
        }
        return held;
    }

    private static string[] ThreadsOf(int pid)
    {
        try
        {
            return Directory.GetDirectories($"/proc/{pid}/task");
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (IOException)
        {
            return "";
        }
    }

    private void MustHaveInjected(FalterResult result)
    {
        output.WriteLine(result.Output);
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.True(JsonDocument.Parse(result.Output).RootElement.GetProperty("rules").EnumerateArray().Sum(r => r.GetProperty("injected").GetInt64()) > 0, result.ToString());
    }
}
