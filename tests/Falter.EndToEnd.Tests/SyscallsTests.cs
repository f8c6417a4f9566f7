using System.Text.Json;

namespace Falter.EndToEnd.Tests;

/// <summary><c>falter syscalls</c>, and its classes held against strace's own.</summary>
public class SyscallsTests
{
    [Fact]
    public async Task All_known_calls_are_listed_in_80_columns()
    {
        FalterResult result = await FalterProcess.RunAsync("syscalls");
        Assert.True(result.ExitCode == 0, result.ToString());
        string[] lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Matches("^ NR  NAME +SECCOMP +PTRACE +CLASSES$", lines[0]);
        Assert.True(lines.Length > 350);
        Assert.All(lines, l => Assert.InRange(l.Length, 0, 80));
        Assert.Contains(lines, l => l.StartsWith("257  openat ", StringComparison.Ordinal) && l.Contains("%file %desc", StringComparison.Ordinal));
        Assert.Empty(result.Talk);
    }

    [Fact]
    public async Task Json_tells_what_can_be_injected_into_a_call_as_inject_itself_would()
    {
        FalterResult result = await FalterProcess.RunAsync("syscalls", "openat,exit_group,close_range", "--format", "json");
        Assert.True(result.ExitCode == 0, result.ToString());
        using var document = JsonDocument.Parse(result.Output);
        Assert.Equal("x86_64", document.RootElement.GetProperty("architecture").GetString());
        Dictionary<string, JsonElement> calls = document.RootElement.GetProperty("syscalls").EnumerateArray().ToDictionary(c => c.GetProperty("name").GetString()!);
        Assert.Equal(["exit_group", "openat", "close_range"], calls.Keys);
        Assert.Equal("before | before,after", Phases(calls["openat"]));
        Assert.Equal(" | ", Phases(calls["exit_group"]));
        Assert.Equal(" | before,after", Phases(calls["close_range"]));
        FalterResult refused = await FalterProcess.RunAsync("inject", "close_range:error=EIO", "--mechanism", "seccomp-notify", "--dry-run", "--", "true");
        Assert.Contains("rule-not-supported", refused.Talk);
    }

    [Fact]
    public async Task A_mistake_is_told_with_the_nearest_names()
    {
        FalterResult result = await FalterProcess.RunAsync("syscalls", "epol_wait");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("'epol_wait' is no system call; did you mean epoll_wait", result.Talk);
        Assert.Empty(result.Output);
    }

    /// <summary>strace fails every call of a program, those of a class with another errno: which those are it tells itself, and no call is carried out.</summary>
    [Theory]
    [InlineData("%file")]
    [InlineData("%desc")]
    [InlineData("%network")]
    [InlineData("%process")]
    [InlineData("%signal")]
    [InlineData("%ipc")]
    [InlineData("%memory")]
    [InlineData("%creds")]
    [InlineData("%clock")]
    [InlineData("%pure")]
    [InlineData("%stat")]
    [InlineData("%lstat")]
    [InlineData("%fstat")]
    [InlineData("%%stat")]
    [InlineData("%statfs")]
    [InlineData("%fstatfs")]
    [InlineData("%%statfs")]
    public async Task A_class_has_the_members_that_it_has_in_strace(string name)
    {
        if (!File.Exists("/usr/bin/strace")) Assert.Skip("strace is not installed; eng/prerequisites installs it");
        string program = CProgram.Compiled("everycall", "-static", "-nostdlib", "-fno-stack-protector");
        string trace = Path.GetTempFileName();
        try
        {
            string complaints = Shell.Run("/usr/bin/strace", "-qq", "-o", trace, "-e", "trace=all", "-e", "inject=!execve,exit_group:error=ENOSYS", "-e", $"inject={name}:error=EPERM", program);
            string[] lines = await File.ReadAllLinesAsync(trace);
            Assert.True(lines.Length > 300, complaints);
            string[] shown = [.. lines.Where(l => l.Contains("EPERM", StringComparison.Ordinal)).Select(l => l[..l.IndexOf('(', StringComparison.Ordinal)]).Distinct().Order(StringComparer.Ordinal)];
            FalterResult result = await FalterProcess.RunAsync("syscalls", name, "--format", "json");
            using var document = JsonDocument.Parse(result.Output);
            // Calls above 334 are younger than some versions of strace; the program does not make them, nor those that would end it.
            string[] listed = [.. document.RootElement.GetProperty("syscalls").EnumerateArray().Where(c => c.GetProperty("number").GetInt32() <= 334).Select(c => c.GetProperty("name").GetString()!)
                .Except(["execve", "exit", "exit_group", "rt_sigreturn"]).Order(StringComparer.Ordinal)];
            Assert.Equal(listed, shown.Except(["execve", "exit_group"]));
        }
        finally
        {
            File.Delete(trace);
        }
    }

    private static string Phases(JsonElement call)
    {
        JsonElement inject = call.GetProperty("inject");
        return $"{Of("seccomp_notify")} | {Of("ptrace")}";

        string Of(string mechanism) => string.Join(',', inject.GetProperty(mechanism).EnumerateArray().Select(p => p.GetString()));
    }
}
