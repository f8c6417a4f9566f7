using System.Diagnostics;
using System.Globalization;

namespace Falter.Linux.Tests;

/// <summary>
/// A small C program of tests/programs, compiled once per change and started. It prints its process id, then waits for a line on its standard input:
/// between the two a test does what it wants to do to it.
/// </summary>
internal sealed class VictimProgram : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly Lock s_compiling = new();
    private readonly Process _process;

    private VictimProgram(Process process, int pid)
    {
        _process = process;
        Pid = pid;
    }

    public int Pid { get; }

    /// <summary>What it still prints, line by line.</summary>
    public StreamReader Output => _process.StandardOutput;

    /// <summary>Starts a program and waits until it is ready: it sleeps in the read of the line, and makes no further call before <see cref="Go"/>.</summary>
    public static VictimProgram Start(string name, params object[] arguments) => StartFile(Compiled(name), arguments);

    /// <summary>Starts a copy of a program that has a file name of its own.</summary>
    public static VictimProgram StartFile(string file, params object[] arguments)
    {
        var start = new ProcessStartInfo(file) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (object argument in arguments) start.ArgumentList.Add(Convert.ToString(argument, CultureInfo.InvariantCulture)!);
        Process process = Process.Start(start)!;
        int pid = int.Parse(process.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);
        // Its first use of standard input asks for the file's kind before it reads: a test that follows it in between would count that call.
        Assert.True(SpinWait.SpinUntil(() => SleepsInRead(pid), s_patience), $"{file} does not wait for its line");
        return new VictimProgram(process, pid);
    }

    // read is call 0 of the x86-64 table. "running" where it is on a CPU.
    private static bool SleepsInRead(int pid) => File.ReadAllText($"/proc/{pid}/syscall").StartsWith("0 0x0 ", StringComparison.Ordinal);

    /// <summary>The path of the compiled program.</summary>
    /// <param name="name">Its source's name.</param>
    /// <param name="flags">Further arguments for the compiler.</param>
    public static string Compiled(string name, params string[] flags)
    {
        string programs = Path.Combine(AppContext.BaseDirectory, "programs");
        string source = Path.Combine(programs, name + ".c"), executable = Path.Combine(programs, name);
        lock (s_compiling)
        {
            // Headers that it may include lie beside it.
            DateTime changed = Directory.GetFiles(programs, "*.h").Append(source).Max(f => File.GetLastWriteTimeUtc(f));
            if (File.GetLastWriteTimeUtc(executable) < changed) Run("gcc", ["-O1", "-Wall", "-Werror", "-pthread", .. flags, "-o", executable, source]);
        }
        return executable;
    }

    /// <summary>Runs a program to its end and returns what it printed.</summary>
    public static string Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(s_patience));
        Assert.Equal(0, process.ExitCode);
        return output;
    }

    /// <summary>Lets it begin.</summary>
    public void Go()
    {
        _process.StandardInput.WriteLine("go");
        _process.StandardInput.Flush();
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>Its exit status.</returns>
    public int WaitForExit()
    {
        Assert.True(_process.WaitForExit(s_patience), "the program did not end");
        return _process.ExitCode;
    }

    public bool HasExited => _process.HasExited;

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }
}
