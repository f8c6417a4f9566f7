using System.Diagnostics;

namespace Falter.EndToEnd.Tests;

/// <summary><c>eng/soak-kill</c>, shorter than by hand: a process of Falter is killed at random moments, and the target is well and nothing is left.</summary>
public sealed class SoakKillTests(ITestOutputHelper output)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(6);

    [Theory]
    [InlineData("seccomp-notify")]
    [InlineData("seccomp-attach")]
    [InlineData("ptrace-before")]
    [InlineData("ptrace-after")]
    [InlineData("bpf-trigger")]
    [InlineData("process-pause")]
    [InlineData("process-cpu")]
    [InlineData("network-drop")]
    [InlineData("network-delay")]
    public async Task Killing_any_process_of_falter_at_any_moment_harms_nobody(string mechanism)
    {
        Needs.Root();
        string script = Path.Combine(FalterProcess.Repository, "eng", "soak-kill");
        string[] arguments = [script, "--times", "20", "--seed", "20261121", "--falter", FalterProcess.Executable, "--only", mechanism];
        using Process soak = Process.Start(new ProcessStartInfo("python3", arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        Task<string> said = soak.StandardOutput.ReadToEndAsync(), errors = soak.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(s_limit);
        try
        {
            await soak.WaitForExitAsync(limit.Token);
        }
        finally
        {
            if (!soak.HasExited) soak.Kill(entireProcessTree: true);
        }
        output.WriteLine(await said);
        Assert.True(soak.ExitCode == 0, $"exit code {soak.ExitCode}\n{await said}\n{await errors}");
    }
}
