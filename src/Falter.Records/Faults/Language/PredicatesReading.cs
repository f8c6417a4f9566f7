using System.Globalization;
using System.Text;

namespace Falter.Records;

/// <summary>Which calls a rule matches.</summary>
internal static class PredicatesReading
{
    public static readonly string[] Keys = ["path", "fd", "peer", "port", "argN", "success-only", "thread", "process", "role"];

    // More would be slow to ask, and is better said by arg0>= and arg0<=.
    private const int MostDescriptors = 1024;

    // TASK_COMM_LEN of include/linux/sched.h, without the final zero.
    private const int LongestName = 15;

    public static CallPredicates Read(FaultReading reading) => new()
    {
        Paths = reading.List<Glob>("path", Glob.TryParse),
        Descriptors = Descriptors(reading),
        Peers = reading.List<PeerPattern>("peer", PeerPattern.TryParse),
        Ports = reading.List<PortRange>("port", PortRange.TryParse),
        Arguments = Arguments(reading),
        Threads = reading.List<Glob>("thread", TryReadName),
        Processes = reading.List<Glob>("process", TryReadName),
        Roles = reading.List<string>("role", TryReadRole),
        SuccessOnly = reading.Flag("success-only"),
    };

    /// <summary>The globs of names that the kernel has for threads and processes.</summary>
    internal static bool TryReadName(string text, out Glob glob, out string problem)
    {
        if (!Glob.TryParse(text, out glob!, out problem)) return false;
        if (text.AsSpan().ContainsAny("*?[{") || Encoding.UTF8.GetByteCount(text) <= LongestName) return true;
        problem = $"'{text}': the kernel keeps the first {LongestName} bytes of a name; write '{Cut(text)}*'";
        return false;
    }

    private static string Cut(string text)
    {
        int length = Math.Min(text.Length, LongestName);
        while (Encoding.UTF8.GetByteCount(text.AsSpan(0, length)) > LongestName) length--;
        return text[..length];
    }

    private static int[] Descriptors(FaultReading reading)
    {
        IReadOnlyList<(int First, int Last)> ranges = reading.List<(int, int)>("fd", TryReadDescriptors);
        if (ranges.Sum(r => (long)r.Last - r.First + 1) <= MostDescriptors) return [.. ranges.SelectMany(r => Enumerable.Range(r.First, r.Last - r.First + 1)).Distinct()];
        reading.Refuse("fd", $"fd: more than {MostDescriptors} descriptors; where the call's first argument is one, arg0>= and arg0<= say it");
        return [];
    }

    private static bool TryReadDescriptors(string text, out (int First, int Last) range, out string problem)
    {
        string[] ends = text.Split('-', 2);
        problem = $"'{text}' is no descriptor; expected for example fd=3, fd=3,5 or fd=3-5";
        bool isRange = int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out range.First) & int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out range.Last);
        return isRange && range.First <= range.Last;
    }

    private static ArgumentPredicate[] Arguments(FaultReading reading)
    {
        var predicates = new List<ArgumentPredicate>();
        foreach (FaultField field in reading.Arguments)
        {
            int index = int.TryParse(field.Key.AsSpan(3), NumberStyles.None, CultureInfo.InvariantCulture, out int read) ? read : int.MaxValue;
            if (reading.Argument(field, (string text, out ArgumentPredicate value, out string problem) => ArgumentPredicate.TryParse(index, text, out value, out problem)) is { } predicate) predicates.Add(predicate);
        }
        return [.. predicates];
    }

    private static bool TryReadRole(string text, out string role, out string problem)
    {
        (role, problem) = (text, "a role is missing; expected for example role=web");
        return text.Length > 0;
    }
}
