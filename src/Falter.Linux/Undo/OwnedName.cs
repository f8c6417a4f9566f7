using System.Globalization;
using System.Text.RegularExpressions;
using Falter.Linux.Proc;

namespace Falter.Linux.Undo;

/// <summary>
/// Names for what Falter makes outside its own processes (control groups, firewall tables, namespaces): <c>falter-PID-START-N</c>. The name itself
/// says who made it, so that what is left can be told from what is in use, and from what others called falter-something.
/// </summary>
public static partial class OwnedName
{
    private static readonly long s_start = ProcessStat.Read(Environment.ProcessId)?.StartTicks ?? 0;
    private static int s_count;

    /// <summary>A name that no other process and no other call gives. Letters, digits and dashes: nft, ip and control groups take it.</summary>
    public static string New() => string.Create(CultureInfo.InvariantCulture, $"falter-{Environment.ProcessId}-{s_start}-{Interlocked.Increment(ref s_count)}");

    /// <summary>The name of a process as an owner: number and start in clock ticks since boot.</summary>
    internal static string OfOwner => string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}-{s_start}");

    /// <summary>Whether the name is one of <see cref="New"/> and the process that gave it has ended.</summary>
    public static bool IsOrphan(string name)
    {
        if (Pattern().Match(name) is not { Success: true } match) return false;
        int owner = int.Parse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
        return ProcessStat.Read(owner) is not { HasEnded: false } process || process.StartTicks.ToString(CultureInfo.InvariantCulture) != match.Groups[2].Value;
    }

    [GeneratedRegex(@"^falter-(\d{1,9})-(\d+)-\d+$")]
    private static partial Regex Pattern();
}
