using System.Text.Json;

namespace Falter.EndToEnd.Tests;

/// <summary>A run of <c>falter monitor --format json</c> to the end of its command, summed up.</summary>
public static class MonitorRun
{
    /// <summary>What one row counts: process, system call, outcome (the errno where there is one).</summary>
    public sealed record Key(string Process, string Syscall, string Outcome);

    /// <summary>Invocations, and runs of errors.</summary>
    public sealed record Value(long Count, long Runs);

    /// <summary>Monitors a command until it ends, which must be with exit code 0.</summary>
    public static async Task<Dictionary<Key, Value>> OfAsync(string mechanism, params string[] command)
    {
        FalterResult result = await FalterProcess.RunAsync(["monitor", "--mechanism", mechanism, "--format", "json", "--", .. command]);
        Assert.Contains("the command ended: exit code 0", result.Talk);
        return Sum(result);
    }

    /// <summary>All intervals together; fails where a call was lost. Calls that a filter decided are counted with the others.</summary>
    public static Dictionary<Key, Value> Sum(FalterResult result)
    {
        Assert.True(result.ExitCode == 0, result.ToString());
        var sums = new Dictionary<Key, Value>();
        foreach (JsonElement interval in result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement))
        {
            Assert.Equal(0, interval.GetProperty("lost").GetInt64());
            foreach (JsonElement row in interval.GetProperty("rows").EnumerateArray())
            {
                var key = new Key(row.GetProperty("process").GetString()!, row.GetProperty("syscall").GetString()!, row.GetProperty("errno").GetString() ?? row.GetProperty("outcome").GetString()!);
                Value before = sums.GetValueOrDefault(key) ?? new Value(0, 0);
                sums[key] = new Value(before.Count + row.GetProperty("count").GetInt64(), before.Runs + (row.TryGetProperty("runs", out JsonElement runs) ? runs.GetInt64() : 0));
            }
        }
        return sums;
    }

    /// <summary>One line per row, sorted: two runs can be compared, and a difference can be read.</summary>
    public static string Table(this Dictionary<Key, Value> rows, Func<Key, bool>? which = null) =>
        string.Join('\n', rows.Where(r => which?.Invoke(r.Key) ?? true).Select(r => $"{r.Key.Process} {r.Key.Syscall} {r.Key.Outcome} {r.Value.Count} {r.Value.Runs}").Order(StringComparer.Ordinal));
}
