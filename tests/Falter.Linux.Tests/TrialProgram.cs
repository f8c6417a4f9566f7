using System.Diagnostics;

namespace Falter.Linux.Tests;

/// <summary>The program <c>tests/Falter.Trial</c>, which injects from a process of its own that a test can kill.</summary>
internal sealed class TrialProgram : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly Process _process;

    private TrialProgram(Process process) => _process = process;

    public static string File { get; } = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "Falter.Trial",
        Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), "Falter.Trial"));

    /// <summary>Starts it and waits until it has armed its rules.</summary>
    public static TrialProgram Start(params string[] arguments)
    {
        Process process = Process.Start(new ProcessStartInfo(File, arguments) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        string? line = process.StandardOutput.ReadLine();
        if (line != "armed") Assert.Fail($"{line}\n{process.StandardError.ReadToEnd()}");
        return new TrialProgram(process);
    }

    /// <summary>SIGKILL; it is gone when this returns.</summary>
    public void Kill()
    {
        _process.Kill();
        Assert.True(_process.WaitForExit(s_patience));
    }

    public void Dispose()
    {
        if (!_process.HasExited) Kill();
        _process.Dispose();
    }
}
