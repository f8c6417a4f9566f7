namespace Falter.EndToEnd.Tests;

/// <summary>The small C programs of <c>tests/programs</c>, compiled once per change.</summary>
internal static class CompiledProgram
{
    private static readonly Lock s_lock = new();

    /// <summary>The path of the compiled program; skips the test where there is no C compiler.</summary>
    public static string Path(string name)
    {
        if (!File.Exists("/usr/bin/gcc")) Assert.Skip("gcc is not installed; eng/prerequisites installs it");
        lock (s_lock)
        {
            string repository = FindRepository(), source = System.IO.Path.Combine(repository, "tests", "programs", $"{name}.c");
            string folder = Directory.CreateDirectory(System.IO.Path.Combine(repository, "artifacts", "programs")).FullName;
            string program = System.IO.Path.Combine(folder, name);
            if (File.Exists(program) && File.GetLastWriteTimeUtc(program) > File.GetLastWriteTimeUtc(source)) return program;
            // Another test process may be compiling it too.
            string fresh = $"{program}.{Environment.ProcessId}";
            string complaints = Shell.Run("gcc", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-pthread", "-o", fresh, source);
            Assert.True(File.Exists(fresh), complaints);
            File.Move(fresh, program, overwrite: true);
            return program;
        }
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
