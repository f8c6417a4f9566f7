using System.Diagnostics;

namespace Falter.EndToEnd.Tests;

/// <summary>The small C programs of <c>tests/programs</c>: their calls are known, and they tell what they saw.</summary>
public static class CProgram
{
    private static readonly Lock s_compiling = new();

    /// <summary>The path of a program, compiled once per change; skips the test where there is no C compiler.</summary>
    /// <param name="name">Its source's name without ending.</param>
    /// <param name="flags">Further arguments for the compiler.</param>
    public static string Compiled(string name, params string[] flags)
    {
        if (!File.Exists("/usr/bin/gcc")) Assert.Skip("gcc is not installed; eng/prerequisites installs it");
        string source = Path.Combine(FalterProcess.Repository, "tests", "programs", $"{name}.c");
        string folder = Path.Combine(AppContext.BaseDirectory, "programs"), program = Path.Combine(folder, name);
        lock (s_compiling)
        {
            if (File.Exists(program) && File.GetLastWriteTimeUtc(program) > File.GetLastWriteTimeUtc(source)) return program;
            Directory.CreateDirectory(folder);
            string complaints = Shell.Run("/usr/bin/gcc", ["-O1", "-Wall", "-Werror", "-pthread", .. flags, "-o", program, source]);
            Assert.True(File.Exists(program), complaints);
        }
        return program;
    }

    /// <summary>A program whose only calls are 7 getppid, 5 close(-1) that end in EBADF, and exit_group(9).</summary>
    public static string Static() => Compiled("static", "-static", "-nostdlib", "-fno-stack-protector");
}

/// <summary>
/// <c>injected</c>, started outside of Falter: it asks for a file until that exists (so it makes a failing <c>access</c> about every millisecond), then makes its calls
/// and tells how they ended.
/// </summary>
public sealed class WaitingProgram : IDisposable
{
    private readonly Process _process;
    private readonly string _folder = Directory.CreateTempSubdirectory("falter-test-waiting-").FullName;

    public WaitingProgram(params string[] arguments)
    {
        var start = new ProcessStartInfo(CProgram.Compiled("injected"), arguments) { RedirectStandardOutput = true, UseShellExecute = false };
        start.Environment["GO"] = Gate;
        _process = Process.Start(start)!;
        Assert.Equal("waiting", _process.StandardOutput.ReadLine());
    }

    public int Pid => _process.Id;

    private string Gate => Path.Combine(_folder, "go");

    /// <summary>Whether it runs and no tracer holds it.</summary>
    public bool IsFree => Shell.IsRunning(Pid) && File.ReadAllText($"/proc/{Pid}/status").Contains("TracerPid:\t0\n", StringComparison.Ordinal);

    /// <summary>Lets it make its calls, to the end: errno → number of calls, 0 for success.</summary>
    public IReadOnlyDictionary<int, long> Finish()
    {
        File.WriteAllText(Gate, "");
        string output = _process.StandardOutput.ReadToEnd();
        Assert.True(_process.WaitForExit(30_000), "the program did not end");
        Assert.Equal(0, _process.ExitCode);
        return Counts(output);
    }

    /// <summary>What such a program prints, read.</summary>
    public static IReadOnlyDictionary<int, long> Counts(string output) =>
        output.Split('\n', '\r').Select(l => l.Split(' ')).Where(w => w.Length == 2 && int.TryParse(w[0], out _) && long.TryParse(w[1], out _)).ToDictionary(w => int.Parse(w[0]), w => long.Parse(w[1]));

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
