using System.CommandLine;
using Falter.Observe;
using Falter.Records;

namespace Falter.Cli;

/// <summary>Which mechanism the monitor counts by: the kernel's own programs where they can be loaded, else ptrace, whose cost is told before it starts.</summary>
internal static class MonitorMechanism
{
    private const string Auto = "auto", Ebpf = "ebpf", Ptrace = "ptrace";

    // Measured by bench/syscall-cost: docs/performance.md, "What one system call costs".
    private const string Cost = "every call of the target takes some 20 to 200 µs longer, and its latencies hold a part of that";

    /// <summary>The option <c>--mechanism</c>.</summary>
    public static Option<string> Option() => OptionTypes.Choice("--mechanism",
        "How to count. ebpf: in the kernel, needs root. ptrace: a launched command or one's own processes, much slower. auto: ebpf where this machine and user permit it", Auto, Auto, Ebpf, Ptrace);

    /// <summary>Opens the monitor and says on stderr what it costs where that is much.</summary>
    /// <exception cref="FalterException">Neither mechanism, or not the one asked for, works here.</exception>
    public static ISyscallMonitor Open(string choice, SyscallMonitorOptions options)
    {
        string because = "";
        if (choice != Ptrace)
        {
            try
            {
                return SyscallMonitor.Open(options);
            }
            catch (FalterException e) when (choice == Auto && e.ExitCode == ExitCode.Cannot)
            {
                because = $", because eBPF cannot be used here: {e.Findings[0].Message}";
            }
        }
        if (!options.Selection.IsRootsOnly)
        {
            throw FalterException.Cannot("feature-missing", $"only eBPF finds targets by name, control group, container or all of them, or leaves some out{because}; by ptrace give -p PID or -- COMMAND");
        }
        PtraceSyscallMonitor monitor = PtraceSyscallMonitor.Open(options);
        Console.Error.WriteLine($"falter: {Finding.Limits("slow-mechanism", $"counting by ptrace: {Cost}{because}")}");
        return monitor;
    }
}
