using System.Text;
using Falter.Linux;
using Falter.Linux.Launch;
using Falter.Records;

namespace Falter.Load;

/// <summary>How a shell command ended.</summary>
/// <param name="ExitCode">Its exit status, 128 and the signal's number where one killed it (as the shell says it); null where it was ended by the time-out.</param>
/// <param name="Output">The last line that it wrote, that of standard error where it failed, at most 200 characters.</param>
public readonly record struct ShellResult(int? ExitCode, string Output)
{
    /// <summary>What it wrote to standard output, at most the last 64 KiB.</summary>
    public string Text { get; init; } = "";

    /// <summary>What it wrote to standard error, at most the last 64 KiB.</summary>
    public string Errors { get; init; } = "";
}

/// <summary>A command given as one string, run by <c>sh -c</c>, as workload and check commands are.</summary>
public static class ShellCommand
{
    private const int LongestLine = 200;

    private static readonly IReadOnlyDictionary<string, string?> s_noChanges = new Dictionary<string, string?>(StringComparer.Ordinal);

    /// <summary>
    /// Runs the command to its end, or kills it after <paramref name="timeout"/> or on cancellation with everything that it started, daemons included. What it left running when it ended by
    /// itself goes on.
    /// </summary>
    /// <param name="command">For the shell. Its standard input is empty.</param>
    /// <param name="timeout">After this it is killed.</param>
    /// <param name="cancel">Kills it too.</param>
    /// <param name="environment">Variables that extend or replace Falter's own; null as a value removes one.</param>
    /// <param name="folder">Where it starts. Default: the folder that Falter itself runs in.</param>
    /// <exception cref="LinuxException">It could not be started: too many processes, no memory, no such folder.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing of it is left.</exception>
    public static async Task<ShellResult> RunAsync(string command, TimeSpan timeout, CancellationToken cancel, IReadOnlyDictionary<string, string?>? environment = null, string? folder = null)
    {
        cancel.ThrowIfCancellationRequested();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(timeout);
        // Starting blocks until the shell is there: not on the caller's thread.
        await using CommandProcess process = await Task.Run(() => CommandProcess.Start(command, environment ?? s_noChanges, folder), CancellationToken.None);
        try
        {
            CommandEnd end = await process.EndAsync().WaitAsync(limit.Token);
            int code = end.Status.Code ?? 128 + end.Status.Signal!.Value;
            return new ShellResult(code, LastLine(code == 0 ? [end.Output, end.Errors] : [end.Errors, end.Output])) { Text = end.Output, Errors = end.Errors };
        }
        catch (OperationCanceledException)
        {
            await process.KillAsync();
            cancel.ThrowIfCancellationRequested();
            (string output, string errors) = process.Written;
            return new ShellResult(null, LastLine([errors, output])) { Text = output, Errors = errors };
        }
    }

    /// <summary>Why a command could not be started, in a few words.</summary>
    public static string Reason(LinuxException failure) => $"cannot be started: {failure.Errno.Meaning} ({failure.Errno})";

    /// <summary>The last line of the first text that has one.</summary>
    private static string LastLine(IReadOnlyList<string> texts)
    {
        foreach (string text in texts)
        {
            ReadOnlySpan<char> trimmed = text.AsSpan().TrimEnd();
            if (trimmed.IsEmpty) continue;
            ReadOnlySpan<char> line = trimmed[(trimmed.LastIndexOf('\n') + 1)..];
            var clean = new StringBuilder(Math.Min(line.Length, LongestLine));
            foreach (char c in line[..Math.Min(line.Length, LongestLine)]) clean.Append(char.IsControl(c) ? ' ' : c);
            return clean.ToString();
        }
        return "";
    }
}
