using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Falter.Records;

/// <summary>A system call of this machine's architecture, by number.</summary>
/// <param name="Number">The number of the x86-64 table.</param>
public readonly record struct Syscall(short Number)
{
    private static readonly Dictionary<int, string> s_byNumber = SyscallsX64.Table.ToDictionary(s => (int)s.Number, s => s.Name);
    private static readonly Dictionary<string, short> s_byName = SyscallsX64.Table.ToDictionary(s => s.Name, s => s.Number, StringComparer.Ordinal);

    /// <summary>The name, as in the kernel's table; <c>syscall_N</c> for a number that the table does not hold.</summary>
    public string Name => s_byNumber.TryGetValue(Number, out string? name) ? name : string.Create(CultureInfo.InvariantCulture, $"syscall_{Number}");

    /// <summary>All known calls, by number.</summary>
    public static IEnumerable<Syscall> All => SyscallsX64.Table.Select(s => new Syscall(s.Number));

    /// <summary>Every name that <see cref="TryParse"/> takes.</summary>
    public static IEnumerable<string> Names => s_byName.Keys;

    /// <summary>The call with this name. Throws where the table has none: for names written in the source.</summary>
    public static Syscall Named(string name) => new(s_byName[name]);

    /// <summary>Reads a name of the kernel's table, or <c>syscall_N</c>.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Syscall syscall)
    {
        syscall = default;
        if (text is null) return false;
        if (s_byName.TryGetValue(text, out short number) ||
            (text.StartsWith("syscall_", StringComparison.Ordinal) && short.TryParse(text.AsSpan(8), NumberStyles.None, CultureInfo.InvariantCulture, out number)))
        {
            syscall = new Syscall(number);
            return true;
        }
        return false;
    }

    public override string ToString() => Name;
}
