using System.Diagnostics;
using System.Globalization;

namespace Falter.Linux.Tests.Undo;

/// <summary>The program <c>faulthost</c>, which arms one fault and waits, with a folder for journals of its own. Both of its processes are gone after the test.</summary>
internal sealed class FaultHost : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);
    private readonly Process _process;

    private FaultHost(Process process) => _process = process;

    private static string Program => Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "faulthost",
        Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), "faulthost"));

    public int Pid => _process.Id;

    public int KeeperPid { get; private set; }

    public string Journal { get; private set; } = "";

    public StreamReader Talk => _process.StandardError;

    /// <summary>Starts it, and waits until its journal is open: from then on it arms.</summary>
    public static FaultHost Start(string journals, string action, int target, bool launched)
    {
        FaultHost host = StartOnly(journals, action, target, launched);
        string[] words = host._process.StandardOutput.ReadLine()!.Split(' ');
        host.Journal = words[1];
        host.KeeperPid = int.Parse(words[3], CultureInfo.InvariantCulture);
        return host;
    }

    /// <summary>Starts it.</summary>
    public static FaultHost StartOnly(string journals, string action, int target, bool launched)
    {
        var start = new ProcessStartInfo(Program, [action, target.ToString(CultureInfo.InvariantCulture), launched ? "launched" : "attached"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["FALTER_JOURNALS"] = journals;
        start.Environment["FALTER_EXECUTABLE"] = InjectionRun.Falter;
        return new FaultHost(Process.Start(start)!);
    }

    /// <summary>Waits until the fault is in force.</summary>
    public void WaitForArmed() => Assert.StartsWith("armed ", _process.StandardOutput.ReadLine());

    /// <summary>Lets it undo and end.</summary>
    public int End()
    {
        _process.StandardInput.Close();
        Assert.True(_process.WaitForExit(s_limit));
        return _process.ExitCode;
    }

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        _process.Kill();
        Assert.True(_process.WaitForExit(s_limit));
    }

    public void Dispose()
    {
        if (!_process.HasExited) Kill();
        _process.Dispose();
    }
}
