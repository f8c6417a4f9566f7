using System.Globalization;

namespace Falter.Records;

/// <summary>Which invocations a rule matches. Kinds are combined with and, members of one kind with or. An empty list asks nothing.</summary>
public sealed record CallPredicates
{
    /// <summary>Asks nothing.</summary>
    public static CallPredicates Any { get; } = new();

    /// <summary>Globs of paths: of those that the call names, or of the file that its descriptor is.</summary>
    public IReadOnlyList<Glob> Paths { get; init; } = [];

    /// <summary>Numbers of descriptors.</summary>
    public IReadOnlyList<int> Descriptors { get; init; } = [];

    /// <summary>The other side of the call's socket, or the address that the call names.</summary>
    public IReadOnlyList<PeerPattern> Peers { get; init; } = [];

    /// <summary>Ports, on either side.</summary>
    public IReadOnlyList<PortRange> Ports { get; init; } = [];

    /// <summary>Comparisons with arguments; all must hold.</summary>
    public IReadOnlyList<ArgumentPredicate> Arguments { get; init; } = [];

    /// <summary>Names of threads (<c>/proc/PID/task/TID/comm</c>).</summary>
    public IReadOnlyList<Glob> Threads { get; init; } = [];

    /// <summary>Names of processes (their first thread's).</summary>
    public IReadOnlyList<Glob> Processes { get; init; } = [];

    /// <summary>Roles: the stable names of the target's processes; a descendant has its ancestor's.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary>Only calls that succeed; known after the call alone.</summary>
    public bool SuccessOnly { get; init; }

    /// <summary>Whether nothing is asked of the call before it is carried out.</summary>
    public bool AsksNothing => Paths.Count + Descriptors.Count + Peers.Count + Ports.Count + Arguments.Count + Threads.Count + Processes.Count + Roles.Count == 0;

    /// <summary>Whether the registers are enough to answer: no memory, file or name has to be read.</summary>
    public bool OnlyRegisters => Paths.Count + Peers.Count + Ports.Count + Threads.Count + Processes.Count + Roles.Count == 0;
}

/// <summary>How an argument is compared.</summary>
public enum Comparison
{
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,

    /// <summary>All bits of the value are set.</summary>
    HasBits,
}

/// <summary>A comparison with one argument of a call, as a number of 64 bits without sign.</summary>
/// <param name="Index">0 to 5, as the kernel's manual pages order them.</param>
/// <param name="Comparison">How.</param>
/// <param name="Value">With what. A negative number is compared as the kernel's register holds it.</param>
public readonly record struct ArgumentPredicate(int Index, Comparison Comparison, ulong Value)
{
    // The longer ones first: each is tried in turn.
    private static readonly (string Text, Comparison Comparison)[] s_comparisons =
    [
        ("==", Comparison.Equal), ("!=", Comparison.NotEqual), ("<=", Comparison.AtMost), (">=", Comparison.AtLeast),
        ("=", Comparison.Equal), ("<", Comparison.Less), (">", Comparison.Greater), ("&", Comparison.HasBits),
    ];

    /// <summary>Reads a comparison.</summary>
    /// <param name="index">Of the argument.</param>
    /// <param name="text">What the user wrote behind <c>arg2</c>: <c>>=4096</c>; a bare number is to be equal.</param>
    /// <param name="predicate">The comparison.</param>
    /// <param name="problem">What is wrong and an example, where the result is false.</param>
    public static bool TryParse(int index, string text, out ArgumentPredicate predicate, out string problem)
    {
        (string comparison, Comparison how) = Array.Find(s_comparisons, c => text.StartsWith(c.Text, StringComparison.Ordinal));
        predicate = default;
        problem = index > 5 ? "a system call has the arguments arg0 to arg5" : "";
        if (index > 5) return false;
        if (!Numbers.TryParse(text[(comparison?.Length ?? 0)..].Trim(), out ulong value, out problem)) return false;
        predicate = new ArgumentPredicate(index, how, value);
        return true;
    }

    /// <summary>Whether it holds for these six arguments.</summary>
    public bool Holds(ReadOnlySpan<ulong> arguments)
    {
        ulong argument = arguments[Index];
        return Comparison switch
        {
            Comparison.Equal => argument == Value,
            Comparison.NotEqual => argument != Value,
            Comparison.Less => argument < Value,
            Comparison.AtMost => argument <= Value,
            Comparison.Greater => argument > Value,
            Comparison.AtLeast => argument >= Value,
            _ => (argument & Value) == Value,
        };
    }

    /// <summary><c>arg2>=4096</c>.</summary>
    public override string ToString()
    {
        Comparison how = Comparison;
        string comparison = Array.FindLast(s_comparisons, c => c.Comparison == how).Text;
        // What is near the top is a negative number that the register holds.
        return FormattableString.Invariant($"arg{Index}{comparison}") + (Value > ulong.MaxValue - 4096 ? FormattableString.Invariant($"{(long)Value}") : FormattableString.Invariant($"{Value}"));
    }
}

/// <summary>Ports from one to another, both included.</summary>
public readonly record struct PortRange(int First, int Last)
{
    /// <summary>Reads <c>80</c> or <c>8000-8099</c>.</summary>
    /// <param name="text">What the user wrote.</param>
    /// <param name="range">The ports.</param>
    /// <param name="problem">What is wrong and an example, where the result is false.</param>
    public static bool TryParse(string text, out PortRange range, out string problem)
    {
        string[] ends = text.Split('-', 2);
        range = default;
        problem = "";
        if (IsPort(ends[0], out int first) && IsPort(ends[^1], out int last) && first <= last)
        {
            range = new PortRange(first, last);
            return true;
        }
        problem = $"'{text}' is no port; expected 1 to 65535, for example 80 or 8000-8099";
        return false;
    }

    private static bool IsPort(string text, out int port) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and < 65536;

    /// <summary>Whether the port is one of them.</summary>
    public bool Contains(int port) => port >= First && port <= Last;

    /// <summary><c>80</c> or <c>8000-8099</c>.</summary>
    public override string ToString() => First == Last ? FormattableString.Invariant($"{First}") : FormattableString.Invariant($"{First}-{Last}");
}
