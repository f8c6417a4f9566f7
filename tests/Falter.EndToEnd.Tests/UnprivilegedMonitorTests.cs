namespace Falter.EndToEnd.Tests;

/// <summary><c>falter monitor</c> by a user without privileges.</summary>
public class UnprivilegedMonitorTests
{
    [Fact]
    public async Task A_command_is_counted_from_its_first_instruction()
    {
        RequireOtherUser();
        string program = Everybodys(CProgram.Static(), out string folder);
        try
        {
            using FalterProcess falter = FalterProcess.StartUnprivileged("monitor", "--format", "json", "--", program);
            FalterResult result = await falter.EndAsync(TimeSpan.FromSeconds(60));
            Assert.Equal("static close EBADF 5 1\nstatic getppid success 7 0", MonitorRun.Sum(result).Table());
            Assert.Contains("the command ended: exit code 9", result.Talk);
            // Which mechanism, why, and what it costs, before it starts.
            Assert.Matches("counting by ptrace: every call of the target takes .* µs longer.*because eBPF cannot be used here: .*root", result.Talk);
            Assert.True(result.Talk.IndexOf("counting by ptrace", StringComparison.Ordinal) < result.Talk.IndexOf("the command ended", StringComparison.Ordinal));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Ones_own_process_is_followed_and_goes_on()
    {
        RequireOtherUser();
        string program = Everybodys(CProgram.Compiled("calls"), out string folder);
        try
        {
            using var target = new WaitingForLine("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", program, 2, 101, 3);
            using FalterProcess falter = FalterProcess.StartUnprivileged("monitor", "--format", "json", "-i", "50ms", "-p", $"{target.Pid}");
            bool watched = await Shell.UntilAsync(() => falter.Output.Contains("interval_s", StringComparison.Ordinal) || falter.HasExited, TimeSpan.FromSeconds(30));
            if (falter.HasExited && falter.Talk.Contains("ptrace_scope", StringComparison.Ordinal)) Assert.Skip("kernel.yama.ptrace_scope forbids it here");
            Assert.True(watched && !falter.HasExited, falter.Talk);
            target.Go();
            Assert.Equal(0, target.ExitCode);
            Assert.Equal(2 * 101 + 6, MonitorRun.Sum(await falter.EndAsync(TimeSpan.FromSeconds(60)))[new("calls", "getppid", "success")].Count);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("auto", "another user")]
    [InlineData("ebpf", "root")]
    public async Task Another_users_process_is_refused_with_the_reason(string mechanism, string reason)
    {
        RequireOtherUser();
        using var target = new WaitingForLine(CProgram.Compiled("calls"), 0, 0, 0);
        using FalterProcess falter = FalterProcess.StartUnprivileged("monitor", "--mechanism", mechanism, "-p", $"{target.Pid}");
        FalterResult result = await falter.EndAsync(TimeSpan.FromSeconds(30));
        Assert.True(result.ExitCode == 3, result.ToString());
        Assert.Contains("not-root", result.Talk);
        Assert.Contains(reason, result.Talk);
    }

    private static void RequireOtherUser()
    {
        if (Environment.UserName != "root") Assert.Skip("needs root to become another user");
        if (!FalterProcess.OthersCanRunIt) Assert.Skip("the build folder cannot be entered by another user");
    }

    /// <summary>A copy of a program that every user can run.</summary>
    private static string Everybodys(string program, out string folder)
    {
        folder = Directory.CreateTempSubdirectory("falter-test-everybody-").FullName;
        const UnixFileMode forAll = (UnixFileMode)0b111_101_101;
        File.SetUnixFileMode(folder, forAll);
        string copy = Path.Combine(folder, Path.GetFileName(program));
        File.Copy(program, copy);
        File.SetUnixFileMode(copy, forAll);
        return copy;
    }
}
