using System.Diagnostics;
using System.Globalization;

namespace Falter.EndToEnd.Tests;

/// <summary>A network namespace of the test's own, with processes in it; all is gone at the end. Journals are in a folder of its own, so that tests do not see each other's.</summary>
public sealed class PrivateNetwork : IDisposable
{
    private static int s_count;

    private readonly string _name = $"falter-test-{Environment.ProcessId}-{Interlocked.Increment(ref s_count)}";
    private readonly string _folder = Directory.CreateTempSubdirectory("falter-test-journals-").FullName;
    private readonly List<Process> _started = [];
    private bool _made;

    /// <summary>What tells a Falter where journals are.</summary>
    public IReadOnlyDictionary<string, string> Journals => new Dictionary<string, string> { ["FALTER_JOURNALS"] = _folder };

    /// <summary>Makes the namespace, with a device that is up and leads nowhere; skips the test where that cannot be done.</summary>
    public void Make()
    {
        if (!File.Exists("/usr/sbin/nft") || !File.Exists("/usr/sbin/tc")) Assert.Skip("nftables or iproute2 is not installed");
        Assert.Equal("", Shell.Run("ip", "netns", "add", _name));
        _made = true;
        foreach (string[] command in (string[][])[["link", "set", "lo", "up"], ["link", "add", "fa", "type", "veth", "peer", "name", "fb"], ["link", "set", "fa", "up"]])
        {
            Assert.Equal("", Shell.Run("ip", ["-n", _name, .. command]));
        }
    }

    /// <summary>Starts a program in the namespace; gives its number.</summary>
    public int Start(params string[] command)
    {
        // nsenter, not ip netns exec: that hides the control groups. It becomes the program.
        Process process = Process.Start(new ProcessStartInfo("nsenter", [$"--net=/run/netns/{_name}", .. command]) { UseShellExecute = false })!;
        _started.Add(process);
        Assert.True(SpinWait.SpinUntil(() => File.ReadAllText($"/proc/{process.Id}/comm").TrimEnd() == command[0], 30_000));
        return process.Id;
    }

    /// <summary>Starts Falter in the namespace.</summary>
    public FalterProcess Falter(params string[] arguments) => FalterProcess.StartBy("nsenter", [$"--net=/run/netns/{_name}"], Journals, arguments);

    /// <summary>All that a fault could have changed for a process: whether it stands still, its groups, the rules and disciplines of its network, its neighbours there.</summary>
    public string Condition(int pid)
    {
        string stat = File.ReadAllText($"/proc/{pid}/stat");
        bool stopped = stat[(stat.LastIndexOf(')') + 2)..].StartsWith('T');
        string groups = File.ReadAllText($"/proc/{pid}/cgroup");
        string[] inside = ["nsenter", $"--net=/run/netns/{_name}"];
        return string.Create(CultureInfo.InvariantCulture, $"stopped {stopped}\n{groups}{Shell.Run(inside[0], inside[1], "nft", "list", "tables")}{Shell.Run(inside[0], inside[1], "tc", "qdisc", "show")}");
    }

    public void Dispose()
    {
        foreach (Process process in _started)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }
        if (_made) Shell.Run("ip", "netns", "del", _name);
        Directory.Delete(_folder, recursive: true);
    }
}
