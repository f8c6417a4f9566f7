using System.Diagnostics;

namespace Falter.EndToEnd.Tests;

/// <summary>Small programs of the system, run to their end.</summary>
public static class Shell
{
    /// <summary>Runs a program for at most 30 s and gives its output, errors included.</summary>
    public static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd() + errors.GetAwaiter().GetResult();
        Assert.True(process.WaitForExit(30_000), $"{program} did not end");
        return output;
    }

    /// <summary>Processes whose command line holds a text: pid and command line.</summary>
    public static IReadOnlyList<(int Pid, string CommandLine)> ProcessesWith(string text)
    {
        List<(int, string)> found = [];
        foreach (string folder in Directory.GetDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), out int pid) || pid == Environment.ProcessId) continue;
            try
            {
                string commandLine = File.ReadAllText(Path.Combine(folder, "cmdline")).Replace('\0', ' ');
                if (commandLine.Contains(text, StringComparison.Ordinal)) found.Add((pid, commandLine));
            }
            catch (IOException)
            {
                // It ended between the listing and the reading.
            }
        }
        return found;
    }

    /// <summary>Children of a process whose command line holds a text.</summary>
    public static IReadOnlyList<int> ChildrenOf(int parent, string text) =>
    [
        .. ProcessesWith(text).Select(p => p.Pid).Where(pid => StatusOf(pid).Contains($"PPid:\t{parent}\n", StringComparison.Ordinal)),
    ];

    /// <summary>A process and its descendants.</summary>
    public static IReadOnlyList<int> TreeOf(int root)
    {
        List<int> tree = [root];
        for (int i = 0; i < tree.Count; i++) tree.AddRange(ChildrenOf(tree[i], ""));
        return tree;
    }

    /// <summary>Whether a process exists and has not ended.</summary>
    public static bool IsRunning(int pid) => StatusOf(pid) is { Length: > 0 } status && !status.Contains("State:\tZ", StringComparison.Ordinal);

    private static string StatusOf(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/status");
        }
        catch (IOException)
        {
            return "";
        }
    }

    /// <summary>Waits until something holds, for at most <paramref name="atMost"/>.</summary>
    public static async Task<bool> UntilAsync(Func<bool> holds, TimeSpan atMost)
    {
        var clock = Stopwatch.StartNew();
        while (!holds())
        {
            if (clock.Elapsed > atMost) return false;
            await Task.Delay(10);
        }
        return true;
    }
}
