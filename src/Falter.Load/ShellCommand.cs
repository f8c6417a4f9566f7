using System.Diagnostics;
using System.Text;

namespace Falter.Load;

/// <summary>How a shell command ended.</summary>
/// <param name="ExitCode">Its exit status; null where it was ended by the time-out.</param>
/// <param name="Output">The last line that it wrote, at most 200 characters.</param>
public readonly record struct ShellResult(int? ExitCode, string Output);

/// <summary>A command given as one string, run by <c>sh -c</c>, as workload and check commands are.</summary>
public static class ShellCommand
{
    /// <summary>Runs the command to its end, or kills it with everything it started after <paramref name="timeout"/> or on cancellation.</summary>
    public static async Task<ShellResult> RunAsync(string command, TimeSpan timeout, CancellationToken cancel)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo("sh", ["-c", command])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            },
        };
        var last = new LastLine();
        process.OutputDataReceived += (_, e) => last.Take(e.Data);
        process.ErrorDataReceived += (_, e) => last.Take(e.Data);
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(timeout);
        try
        {
            await process.WaitForExitAsync(limit.Token);
            return new ShellResult(process.ExitCode, last.Text);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            cancel.ThrowIfCancellationRequested();
            return new ShellResult(null, last.Text);
        }
    }

    private sealed class LastLine
    {
        private string _text = "";

        public string Text => Volatile.Read(ref _text);

        public void Take(string? line)
        {
            if (string.IsNullOrWhiteSpace(line)) return;
            var clean = new StringBuilder(Math.Min(line.Length, 200));
            foreach (char c in line.AsSpan(0, Math.Min(line.Length, 200))) clean.Append(char.IsControl(c) ? ' ' : c);
            Volatile.Write(ref _text, clean.ToString());
        }
    }
}
