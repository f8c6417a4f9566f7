using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Falter.Inject;

namespace Falter.Linux.Tests.Inject;

/// <summary><c>falter inject</c> as a user calls it.</summary>
public sealed class InjectCommandTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private static async Task<(int ExitCode, string Output, string Talk)> Falter(params string[] arguments)
    {
        using Process process = Start(arguments);
        Task<string> talk = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync().WaitAsync(s_limit);
        Assert.True(process.WaitForExit(s_limit));
        return (process.ExitCode, output, await talk);
    }

    private static Process Start(string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(InjectionRun.Falter, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    [Theory]
    [InlineData("getppid:error=EIO:count=30", "seccomp-notify")]
    [InlineData("getppid:error=EIO:count=30:phase=after", null)]
    public async Task Counts_are_data_and_all_else_is_talk(string rule, string? expected)
    {
        string mechanism = expected ?? (BpfTriggerSupport.WhyNot() is null ? Mechanisms.BpfTrigger : Mechanisms.Ptrace);
        using var folder = new TemporaryFolder();
        string[] arguments = ["inject", rule, "--seed", "3", "--format", "json", "--", Victims.Path("injected"), "getppid", "100"];
        using Process falter = Start(arguments, ("GO", folder["go"]));
        string talk = "";
        while (!(talk.Contains("armed ", StringComparison.Ordinal) && talk.Contains("waiting", StringComparison.Ordinal)))
        {
            talk += await falter.StandardError.ReadLineAsync().WaitAsync(s_limit) ?? throw new Xunit.Sdk.XunitException(talk);
            talk += "\n";
        }
        await File.WriteAllTextAsync(folder["go"], "");
        talk += await falter.StandardError.ReadToEndAsync().WaitAsync(s_limit);
        string output = await falter.StandardOutput.ReadToEndAsync().WaitAsync(s_limit);
        Assert.True(falter.WaitForExit(s_limit));
        Assert.Equal(0, falter.ExitCode);
        using var document = JsonDocument.Parse(output);
        Assert.Equal(mechanism, document.RootElement.GetProperty("mechanism").GetString());
        Assert.Equal("exit code 0", document.RootElement.GetProperty("target_status").GetString());
        JsonElement counts = document.RootElement.GetProperty("rules")[0];
        Assert.Equal(100, counts.GetProperty("matched").GetInt64());
        Assert.Equal(30, counts.GetProperty("injected").GetInt64());
        Assert.Contains($"armed {rule} by {mechanism} for 1m, seed 3", talk);
        Assert.Contains("5 30", talk);
        Assert.DoesNotContain('\r', talk);
    }

    [Fact]
    public async Task All_mistakes_are_reported_at_once_and_nothing_is_launched()
    {
        using var folder = new TemporaryFolder();
        (int exitCode, string output, string talk) = await Falter("inject", "opnat:error=EIO", "read:error=ENOET:rate=5", "--", "touch", folder["touched"]);
        Assert.Equal((2, ""), (exitCode, output));
        Assert.Equal(["[unknown-syscall]", "[unknown-errno]", "[bad-rule]"], talk.Trim().Split('\n').Select(l => l[l.LastIndexOf('[')..]));
        Assert.False(File.Exists(folder["touched"]));
    }

    [Theory]
    [InlineData("text", "seccomp-notify")]
    [InlineData("json", "\"mechanism\": \"seccomp-notify\"")]
    public async Task A_dry_run_says_what_it_would_do_and_does_nothing(string format, string expected)
    {
        using var folder = new TemporaryFolder();
        (int exitCode, string output, string talk) = await Falter("inject", "read:error=EIO", "--dry-run", "--format", format, "--", "touch", folder["touched"]);
        Assert.Equal((0, ""), (exitCode, talk));
        Assert.Contains(expected, output);
        Assert.Contains("keeper", output);
        Assert.False(File.Exists(folder["touched"]));
    }

    [Fact]
    public async Task A_rule_that_never_fired_is_named_with_the_nearest_reason()
    {
        (int exitCode, _, string talk) = await Falter("inject", "mkdir:error=EIO", "mkdir,rmdir:error=EPERM", "clock_gettime:error=EIO", "--", "true");
        Assert.Equal(0, exitCode);
        string[] lines = [.. talk.Split('\n').Where(l => l.EndsWith("[fault-not-fired]", StringComparison.Ordinal))];
        Assert.Equal(3, lines.Length);
        Assert.Contains("made no such call", lines[0]);
        Assert.Contains("made no such call", lines[1]);
        Assert.Contains("vdso", lines[2]);
    }

    [Fact]
    public async Task An_interrupt_disarms_stops_the_target_and_ends_with_130()
    {
        using Process falter = Start(["inject", "getppid:error=EIO", "--", "sleep", "1008"]);
        string? line;
        int keeper = 0;
        while ((line = await falter.StandardError.ReadLineAsync().WaitAsync(s_limit)) is not null)
        {
            int at = line.IndexOf("(pid ", StringComparison.Ordinal);
            if (at < 0) continue;
            keeper = int.Parse(line[(at + 5)..line.IndexOf(')', at)], CultureInfo.InvariantCulture);
            break;
        }
        Victims.Run("kill", "-INT", falter.Id.ToString(CultureInfo.InvariantCulture));
        string talk = await falter.StandardError.ReadToEndAsync().WaitAsync(s_limit);
        Assert.True(falter.WaitForExit(s_limit));
        Assert.Equal(130, falter.ExitCode);
        Assert.Contains("the target was stopped: killed by SIGTERM", talk);
        Assert.True(SpinWait.SpinUntil(() => !Directory.Exists($"/proc/{keeper}"), s_limit), $"keeper {keeper}");
    }

    [Fact]
    public async Task The_keeper_is_hidden_and_refuses_to_be_started_by_hand()
    {
        Assert.DoesNotContain("\n  keeper", (await Falter("--help")).Output);
        (int exitCode, _, string talk) = await Falter("keeper");
        Assert.Equal(2, exitCode);
        Assert.Contains("never by hand", talk);
    }
}
