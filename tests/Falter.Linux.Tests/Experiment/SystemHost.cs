using System.Diagnostics;
using System.Globalization;
using Falter.Linux.Proc;

namespace Falter.Linux.Tests.Experiment;

/// <summary>The program <c>systemhost</c>, which runs a system in a private network, with a folder for journals of its own. All of its processes are gone after the test.</summary>
internal sealed class SystemHost : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);
    private readonly Process _process;
    private readonly string _journals;
    private readonly ProcessStat[] _roles;

    private SystemHost(Process process, string journals)
    {
        (_process, _journals) = (process, journals);
        string[] journal = Line().Split(' ');
        (Journal, KeeperPid) = (journal[1], int.Parse(journal[3], CultureInfo.InvariantCulture));
        _roles = [.. Line().Split(' ').Skip(1).Select(p => ProcessStat.Read(int.Parse(p, CultureInfo.InvariantCulture))!)];
    }

    public string Journal { get; }

    public int KeeperPid { get; }

    /// <summary>The server and who asks it.</summary>
    public IReadOnlyList<int> Roles => [.. _roles.Select(r => r.Pid)];

    private static string Program => Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "systemhost", Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), "systemhost"));

    public static SystemHost Start(string folder)
    {
        string journals = Path.Join(folder, "journals");
        var start = new ProcessStartInfo(Program, [Victims.Path("role"), folder]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.Environment["FALTER_JOURNALS"] = journals;
        start.Environment["FALTER_EXECUTABLE"] = InjectionRun.Falter;
        return new SystemHost(Process.Start(start)!, journals);
    }

    /// <summary>Arms the partition.</summary>
    public void Arm()
    {
        _process.StandardInput.WriteLine("arm");
        _process.StandardInput.Flush();
        Assert.Equal("armed", Line());
    }

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        _process.Kill();
        Assert.True(_process.WaitForExit(s_limit));
    }

    public void KillKeeper()
    {
        Assert.True(ProcessSignal.Send(KeeperPid, ProcessStat.Read(KeeperPid)!.StartTicks, 9));
        Assert.True(SpinWait.SpinUntil(() => ProcessStat.Read(KeeperPid) is null or { HasEnded: true }, s_limit));
    }

    public void KillRoles()
    {
        foreach (ProcessStat role in _roles) ProcessSignal.Send(role.Pid, role.StartTicks, 9);
    }

    /// <summary>What <c>falter clean</c> says; it must succeed.</summary>
    public string Clean(params string[] options)
    {
        var start = new ProcessStartInfo(InjectionRun.Falter, ["clean", .. options]) { RedirectStandardOutput = true, UseShellExecute = false };
        start.Environment["FALTER_JOURNALS"] = _journals;
        using Process clean = Process.Start(start)!;
        string output = clean.StandardOutput.ReadToEnd();
        Assert.True(clean.WaitForExit(s_limit));
        Assert.Equal(0, clean.ExitCode);
        return output;
    }

    public void Dispose()
    {
        if (!_process.HasExited) Kill();
        KillRoles();
        // Its journals are in a folder that goes with the test.
        SpinWait.SpinUntil(() => ProcessStat.Read(KeeperPid) is null or { HasEnded: true }, s_limit);
        _process.Dispose();
    }

    private string Line() => _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException(_process.StandardError.ReadToEnd());
}
