namespace Falter.Records;

/// <summary>The system calls of a rule: a <see cref="SyscallSet"/> in which the families <c>open</c> and <c>stat</c> stand for all their calls.</summary>
internal static class RuleSyscalls
{
    // One C function became several calls over the years, and which of them a program makes is its C library's choice.
    private static readonly Dictionary<string, string> s_families = new(StringComparer.Ordinal)
    {
        ["open"] = "open,openat,openat2",
        ["stat"] = "stat,lstat,fstat,newfstatat,statx",
    };

    /// <summary>The calls in the order in which they are named, each once; the mistakes are added to those of other places.</summary>
    public static IReadOnlyList<Syscall> Read(string text, string place, ICollection<Finding> mistakes)
    {
        int before = mistakes.Count;
        string parts = text.TrimStart('!');
        string expanded = text[..^parts.Length] + string.Join(',', parts.Split(',').Select(p => s_families.GetValueOrDefault(p.TrimStart('?'), p)));
        IReadOnlyList<Syscall> calls = SyscallSet.Parse(expanded, place, mistakes).Listed;
        if (calls.Count == 0 && mistakes.Count == before) mistakes.Add(Finding.Refusal("unknown-syscall", $"{place}: '{text}' names no system call; expected for example openat,read"));
        return calls;
    }

    /// <summary>Calls as <see cref="Read"/> understands them.</summary>
    public static string Write(IEnumerable<Syscall> calls) => string.Join(',', calls.Select(c => s_families.ContainsKey(c.Name) ? $"/^{c.Name}$" : c.Name));

    /// <summary>Whether a text means exactly these calls.</summary>
    public static bool Means(string text, IReadOnlyList<Syscall> calls)
    {
        var mistakes = new List<Finding>();
        return Read(text, "", mistakes).SequenceEqual(calls) && mistakes.Count == 0;
    }
}
