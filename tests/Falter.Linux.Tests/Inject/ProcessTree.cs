using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Falter.Inject;
using Falter.Linux.Proc;

namespace Falter.Linux.Tests.Inject;

/// <summary>The program <c>tree</c>: some processes whose counters show whether they run. Gone after the test.</summary>
internal sealed class ProcessTree : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);
    private readonly TemporaryFolder _folder = new();
    private readonly Process _process;

    public ProcessTree(int children, string pace = "tick")
    {
        _process = Process.Start(new ProcessStartInfo(Victims.Path("tree"), [_folder["counters"], children.ToString(CultureInfo.InvariantCulture), pace])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        Assert.Equal(Pid.ToString(CultureInfo.InvariantCulture), _process.StandardOutput.ReadLine());
    }

    public int Pid => _process.Id;

    public TargetTree Running => new([Pid], IsLaunched: false);

    public TargetTree Launched => new([Pid], IsLaunched: true);

    public IReadOnlyList<ProcessStat> Processes => ProcessTable.WithDescendants([Pid]);

    /// <summary>What must be the same after a fault as before: whether each process stands still, and its control groups.</summary>
    public string Condition => string.Join('\n', Processes.OrderBy(p => p.Pid).Select(p => $"{p.Pid} {p.Name} {(p.IsStopped ? "stopped" : "running")}\n{File.ReadAllText($"/proc/{p.Pid}/cgroup")}"));

    /// <summary>The counters as they stand.</summary>
    public IReadOnlyList<long> Counters => MemoryMarshal.Cast<byte, long>(File.ReadAllBytes(_folder["counters"])).ToArray();

    /// <summary>Clock ticks of processor time, user and system, that the processes have used.</summary>
    public long ProcessorTicks => Processes.Sum(p =>
    {
        string text = File.ReadAllText($"/proc/{p.Pid}/stat");
        string[] fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        return long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
    });

    /// <summary>Gives it a line, and its answer.</summary>
    public string Tell(string line)
    {
        _process.StandardInput.WriteLine(line);
        return _process.StandardOutput.ReadLine()!;
    }

    /// <summary>Waits until some counters, the main process's and its first children's, have gone on.</summary>
    public void AssertRuns(params int[] places)
    {
        IReadOnlyList<long> before = Counters;
        Assert.True(SpinWait.SpinUntil(() => places.All(p => Counters[p] > before[p]), s_limit), "the processes do not go on");
    }

    /// <summary>Nothing counts, for a time in which each would have counted many times.</summary>
    public void AssertStandsStill()
    {
        IReadOnlyList<long> before = Counters;
        Thread.Sleep(100);
        Assert.Equal(before, Counters);
    }

    public void Dispose()
    {
        // The children die with their parent.
        if (!_process.HasExited) _process.Kill();
        Assert.True(_process.WaitForExit(s_limit));
        _process.Dispose();
        _folder.Dispose();
    }
}
