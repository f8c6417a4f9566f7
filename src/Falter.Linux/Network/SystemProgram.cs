using System.Diagnostics;
using Falter.Records;

namespace Falter.Linux.Network;

/// <summary>How a program of the system ended, and what it said.</summary>
internal sealed record ProgramOutcome(int ExitCode, string Output, string Errors)
{
    /// <summary>What it said of its failure, on one line.</summary>
    public string Complaint => string.Join("; ", Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Where(l => l.Trim('^', ' ', '~').Length > 0));
}

/// <summary>Programs that come with the system (<c>nft</c>, <c>tc</c>, <c>ip</c>). They run in the network namespace of the calling thread.</summary>
internal static class SystemProgram
{
    // They take 2 to 20 ms; a loaded machine may need longer.
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    /// <summary>The program's file, also where sbin is not in PATH; null where it is not installed.</summary>
    public static string? Find(string name)
    {
        string[] folders = [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'), "/usr/sbin", "/sbin", "/usr/bin", "/bin"];
        return folders.Select(f => Path.Combine(f, name)).FirstOrDefault(File.Exists);
    }

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="FalterException"><c>prerequisite-missing</c>: it is not installed; <c>rules-refused</c>: it does not end.</exception>
    public static ProgramOutcome Run(string name, params string[] arguments)
    {
        using Process process = Process.Start(StartInfo(name, arguments))!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        process.StandardInput.Close();
        if (!process.WaitForExit(s_limit))
        {
            process.Kill();
            throw FalterException.Cannot("rules-refused", $"`{name} {string.Join(' ', arguments)}` did not end within {s_limit.TotalSeconds} s");
        }
        return new ProgramOutcome(process.ExitCode, output.GetAwaiter().GetResult(), errors.GetAwaiter().GetResult());
    }

    /// <summary>Runs a program that must end well.</summary>
    /// <exception cref="FalterException"><c>rules-refused</c>, with what the program said.</exception>
    public static string RunChecked(string name, params string[] arguments)
    {
        ProgramOutcome outcome = Run(name, arguments);
        return outcome.ExitCode == 0 ? outcome.Output
            : throw FalterException.Cannot("rules-refused", $"`{name} {string.Join(' ', arguments)}` ended with {outcome.ExitCode}: {outcome.Complaint}");
    }

    /// <summary>How a program is started: all streams are pipes, messages are in English, and nothing is written to a home folder (nft keeps a history).</summary>
    public static ProcessStartInfo StartInfo(string name, params string[] arguments)
    {
        string file = Find(name) ?? throw FalterException.Cannot("prerequisite-missing", $"{name} is not installed; `eng/prerequisites --for run` installs it");
        var start = new ProcessStartInfo(file, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, WorkingDirectory = "/" };
        start.Environment["LC_ALL"] = "C";
        start.Environment["HOME"] = "/dev/null";
        return start;
    }
}
