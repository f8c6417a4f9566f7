using System.Diagnostics;
using System.Globalization;

namespace Falter.EndToEnd.Tests;

/// <summary>A program of <c>tests/programs</c> that prints its process id and waits for a line, started outside of Falter.</summary>
public sealed class WaitingForLine : IDisposable
{
    private readonly Process _process;

    /// <summary>Starts it and waits until it sleeps in the read of its line.</summary>
    public WaitingForLine(string program, params object[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments.Select(a => Convert.ToString(a, CultureInfo.InvariantCulture)!)) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };
        _process = Process.Start(start)!;
        Pid = int.Parse(_process.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);
        // read is call 0; what it does before, such as asking for the kind of its input, is not to be counted.
        Assert.True(SpinWait.SpinUntil(() => File.ReadAllText($"/proc/{Pid}/syscall").StartsWith("0 0x0 ", StringComparison.Ordinal), 30_000), "it does not wait for its line");
    }

    /// <summary>Its own number, also where another program started it.</summary>
    public int Pid { get; }

    /// <summary>Waits for its end.</summary>
    public int ExitCode => _process.WaitForExit(60_000) ? _process.ExitCode : throw new TimeoutException("the program did not end");

    /// <summary>Gives it its line.</summary>
    public void Go()
    {
        _process.StandardInput.WriteLine("go");
        _process.StandardInput.Flush();
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }
}
