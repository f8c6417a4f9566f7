using System.Diagnostics;
using System.Text;

namespace Falter.EndToEnd.Tests;

/// <summary>How a run of the command line ended.</summary>
public sealed record FalterResult(int ExitCode, string Output, string Talk)
{
    public override string ToString() => $"exit {ExitCode}\n--- stdout\n{Output}\n--- stderr\n{Talk}";
}

/// <summary>The built command line, run as a user would.</summary>
public sealed class FalterProcess : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new(), _talk = new();

    private FalterProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, e) => Add(_output, e.Data);
        process.ErrorDataReceived += (_, e) => Add(_talk, e.Data);
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>The folder that holds the source tree.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>The executable that was built with these tests.</summary>
    public static string Executable { get; } = Path.Combine(Repository, "artifacts", "bin", "Falter.Cli", new DirectoryInfo(AppContext.BaseDirectory).Name, "falter");

    public int Pid => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>What it has written to stderr so far.</summary>
    public string Talk { get { lock (_talk) return _talk.ToString(); } }

    /// <summary>What it has written to stdout so far.</summary>
    public string Output { get { lock (_output) return _output.ToString(); } }

    public static FalterProcess Start(params string[] arguments) => new(new Process { StartInfo = StartInfo(Executable, arguments) });

    /// <summary>Starts it with variables in its environment.</summary>
    public static FalterProcess Start(IReadOnlyDictionary<string, string> environment, params string[] arguments) => new(new Process { StartInfo = With(environment, StartInfo(Executable, arguments)) });

    /// <summary>Starts it by a program that becomes it.</summary>
    public static FalterProcess StartBy(string program, IReadOnlyList<string> options, IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        new(new Process { StartInfo = With(environment, StartInfo(program, [.. options, Executable, .. arguments])) });

    /// <summary>Runs it as another user, who has no privileges.</summary>
    public static FalterProcess StartUnprivileged(params string[] arguments) =>
        new(new Process { StartInfo = StartInfo("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", Executable, .. arguments]) });

    /// <summary>Whether a user without privileges can enter the folder that it was built in.</summary>
    public static bool OthersCanRunIt => Shell.Run("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c", $"test -x '{Executable}' || echo no").Length == 0;

    public static async Task<FalterResult> RunAsync(params string[] arguments)
    {
        using FalterProcess falter = Start(arguments);
        return await falter.EndAsync(TimeSpan.FromMinutes(3));
    }

    /// <summary>Runs it to its end with variables in its environment.</summary>
    public static async Task<FalterResult> RunAsync(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        using FalterProcess falter = Start(environment, arguments);
        return await falter.EndAsync(TimeSpan.FromMinutes(3));
    }

    public async Task<FalterResult> EndAsync(TimeSpan atMost)
    {
        using var limit = new CancellationTokenSource(atMost);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"falter did not end within {atMost}\n--- stdout\n{Output}\n--- stderr\n{Talk}", e);
        }
        return new FalterResult(_process.ExitCode, Output, Talk);
    }

    /// <summary>Waits until it has said something on stderr.</summary>
    public async Task SaysAsync(string text, TimeSpan? atMost = null)
    {
        var limit = Stopwatch.StartNew();
        while (!Talk.Contains(text, StringComparison.Ordinal))
        {
            if (_process.HasExited || limit.Elapsed > (atMost ?? TimeSpan.FromSeconds(60)))
            {
                throw new TimeoutException($"falter did not say '{text}'\n--- stdout\n{Output}\n--- stderr\n{Talk}");
            }
            await Task.Delay(10);
        }
    }

    /// <summary>Waits for its end alone: what it launched may go on and hold its standard error.</summary>
    public async Task DiesAsync() => Assert.True(await Shell.UntilAsync(() => _process.HasExited, TimeSpan.FromSeconds(5)), "falter is still there");

    public void Signal(string signal) => Shell.Run("kill", $"-{signal}", Pid.ToString());

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    private static void Add(StringBuilder text, string? line)
    {
        if (line is null) return;
        lock (text) text.AppendLine(line);
    }

    private static ProcessStartInfo With(IReadOnlyDictionary<string, string> environment, ProcessStartInfo start)
    {
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        return start;
    }

    private static ProcessStartInfo StartInfo(string program, IEnumerable<string> arguments) => new(program, arguments)
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        UseShellExecute = false,
        WorkingDirectory = Path.GetTempPath(),
    };

    private static string FindRepository()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Falter.slnx"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("the tests do not run inside the repository");
    }
}
