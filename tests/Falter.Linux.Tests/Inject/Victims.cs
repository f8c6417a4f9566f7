using System.Diagnostics;

namespace Falter.Linux.Tests;

/// <summary>The small C programs of <c>tests/programs</c>, compiled once per test run.</summary>
internal static class Victims
{
    private static readonly Lock s_lock = new();

    /// <summary>The folder that holds <c>Falter.slnx</c>.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>The compiled program; skips the test where there is no C compiler.</summary>
    public static string Path(string name)
    {
        lock (s_lock)
        {
            string source = System.IO.Path.Combine(Repository, "tests", "programs", $"{name}.c");
            string folder = System.IO.Path.Combine(Repository, "artifacts", "programs");
            string program = System.IO.Path.Combine(folder, name);
            // A large program has further parts in a folder of its name.
            string parts = System.IO.Path.ChangeExtension(source, null);
            DateTime changed = (Directory.Exists(parts) ? Directory.GetFiles(parts) : []).Append(source).Max(File.GetLastWriteTimeUtc);
            if (File.Exists(program) && File.GetLastWriteTimeUtc(program) > changed) return program;
            Directory.CreateDirectory(folder);
            string fresh = $"{program}.{Environment.ProcessId}";
            Run("gcc", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-pthread", "-o", fresh, source);
            File.Move(fresh, program, overwrite: true);
            return program;
        }
    }

    /// <summary>Runs a program to its end and gives its standard output.</summary>
    public static string Run(string file, params string[] arguments) => Run(file, TimeSpan.FromMinutes(1), arguments);

    /// <summary>The same, for a program that may take longer.</summary>
    public static string Run(string file, TimeSpan limit, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(limit), $"{file} did not end");
        Assert.True(process.ExitCode == 0, $"{file} {string.Join(' ', arguments)}: exit code {process.ExitCode}\n{errors.Result}");
        return output;
    }

    private static string FindRepository()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Falter.slnx"))) return folder.FullName;
        }
        throw new InvalidOperationException("the tests do not run inside the repository");
    }
}
