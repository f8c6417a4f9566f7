using System.Globalization;
using System.Text.RegularExpressions;

namespace Falter.EndToEnd.Tests;

/// <summary>
/// The monitor counts what strace counts: in sum (<c>strace -c</c>) and call by call (its log). Two differences are known and taken into account below: strace counts the execve by
/// which it starts the command, Falter does not count its own; and calls that never return (exit_group) stand in the log without a result.
/// </summary>
public class StraceTests
{
    [Theory]
    [InlineData("tar")]
    [InlineData("find")]
    [InlineData("python")]
    public async Task The_counts_by_errno_equal_those_of_straces_log(string command)
    {
        Needs.Root();
        using var tree = Tree();
        string log = tree.FileBeside("log");
        Shell.Run("strace", ["-f", "-o", log, "--", .. tree.Command(command)]);
        Dictionary<(string, string), long> expected = ParseLog(File.ReadLines(log));
        expected[("execve", "success")]--;
        Assert.Equal(Table(expected), Table(await MonitoredAsync("ebpf", tree.Command(command))));
    }

    [Theory]
    [InlineData("tar")]
    [InlineData("find")]
    [InlineData("python")]
    public async Task The_counts_equal_those_of_straces_summary(string command)
    {
        Needs.Root();
        using var tree = Tree();
        string summary = tree.FileBeside("summary");
        Shell.Run("strace", ["-f", "-c", "-U", "name,calls,errors", "-o", summary, "--", .. tree.Command(command)]);
        Dictionary<string, (long Calls, long Errors)> expected = ParseSummary(File.ReadLines(summary));
        expected["execve"] = (expected["execve"].Calls - 1, expected["execve"].Errors);
        Dictionary<string, (long, long)> counted = (await MonitoredAsync("ebpf", tree.Command(command))).GroupBy(c => c.Key.Syscall)
            .ToDictionary(g => g.Key, g => (g.Sum(c => c.Value), g.Where(c => c.Key.Outcome != "success").Sum(c => c.Value)));
        Assert.Equal(Table(expected), Table(counted));
    }

    [Fact]
    public void A_log_and_a_summary_are_read_as_strace_writes_them()
    {
        Assert.Equal("(access, ENOENT) 1\n(close, success) 2\n(mmap, success) 1\n(read, interrupted) 1", Table(ParseLog(
        [
            "12 access(\"/etc/ld.so.preload\", R_OK) = -1 ENOENT (No such file or directory)", "12 close(3)                                = 0", "12 +++ exited with 0 +++",
            "13 mmap(NULL, 8, PROT_READ, MAP_PRIVATE, 3, 0) = 0x7f0000000000", "13 --- SIGCHLD {si_signo=SIGCHLD} ---", "13 close(4 <unfinished ...>", "13 <... close resumed>) = 0",
            "13 read(0, 0x7ffc, 1) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)", "12 exit_group(0) = ?",
        ])));
        Assert.Equal("close (5, 1)\nread (2, 0)", Table(ParseSummary(["syscall calls errors", "------- ----- ------", "close 5 1", "read 2", "------- ----- ------", "total 7 1"])));
    }

    private static TracedTree Tree()
    {
        if (!File.Exists("/usr/bin/strace")) Assert.Skip("strace is not installed; eng/prerequisites installs it");
        return new TracedTree();
    }

    private static async Task<Dictionary<(string Syscall, string Outcome), long>> MonitoredAsync(string mechanism, string[] command) =>
        (await MonitorRun.OfAsync(mechanism, command)).GroupBy(r => (r.Key.Syscall, r.Key.Outcome)).ToDictionary(g => g.Key, g => g.Sum(r => r.Value.Count));

    /// <summary><c>PID name(arguments) = result ERRNO (meaning)</c>, or in two halves, of which the second bears the result. <c>= ?</c> alone: it never returned.</summary>
    private static Dictionary<(string, string), long> ParseLog(IEnumerable<string> lines)
    {
        var counts = new Dictionary<(string, string), long>();
        foreach (Match line in lines.Select(l => Regex.Match(l, @"^\d+ +(?:<\.\.\. )?(?<name>\w+)(?:\(| resumed>).* += (?<result>\?|-?\w+)(?: (?<errno>E\w+))?(?: \(.*\))?$")).Where(m => m.Success))
        {
            string errno = line.Groups["errno"].Value;
            if (line.Groups["result"].Value == "?" && errno.Length == 0) continue;
            (string, string) key = (line.Groups["name"].Value, errno.Length == 0 ? "success" : errno.StartsWith("ERESTART", StringComparison.Ordinal) ? "interrupted" : errno);
            counts[key] = counts.GetValueOrDefault(key) + 1;
        }
        return counts;
    }

    /// <summary><c>name calls errors</c>, the errors only where there are some, between a head and a sum.</summary>
    private static Dictionary<string, (long Calls, long Errors)> ParseSummary(IEnumerable<string> lines) =>
        lines.Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(w => w.Length is 2 or 3 && long.TryParse(w[1], out _) && w[0] != "total")
            .ToDictionary(w => w[0], w => (long.Parse(w[1], CultureInfo.InvariantCulture), w.Length == 3 ? long.Parse(w[2], CultureInfo.InvariantCulture) : 0));

    private static string Table<TKey, TValue>(Dictionary<TKey, TValue> counts) where TKey : notnull => string.Join('\n', counts.Select(c => $"{c.Key} {c.Value}").Order(StringComparer.Ordinal));
}
