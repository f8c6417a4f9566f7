using System.Globalization;
using System.Text.RegularExpressions;

namespace Falter.Records;

/// <summary>
/// A set of system calls as people write it, in strace's form: names, numbers, classes (<c>%file</c>) and <c>/regex</c> parted by commas, <c>all</c> or
/// <c>none</c>; a <c>!</c> before the whole turns it round, a <c>?</c> before one part lets it name nothing that is known.
/// </summary>
public sealed class SyscallSet
{
    private const string Example = "openat,%network,/^recv or !%file";

    // A pattern of the user's that backtracks without end must not hang the program; names have 23 characters at most.
    private static readonly TimeSpan s_longestMatch = TimeSpan.FromSeconds(1);

    private readonly HashSet<Syscall> _named;
    private readonly bool _negated;

    private SyscallSet(IReadOnlyList<Syscall> named, bool negated)
    {
        (_named, _negated) = ([.. named], negated);
        Listed = negated ? [.. Known] : [.. named.Distinct()];
    }

    /// <summary>Every call, also those that the table does not hold.</summary>
    public static SyscallSet All { get; } = new([], negated: true);

    /// <summary>Whether the call is in the set. A call that the table does not hold is in it where it was named by <c>syscall_N</c> or its number, or where the set is negated.</summary>
    public bool Contains(Syscall call) => _named.Contains(call) != _negated;

    /// <summary>The known calls that are in the set, by number.</summary>
    public IEnumerable<Syscall> Known => Syscall.All.Where(Contains);

    /// <summary>The calls in the order in which they were named, unknown ones too; of a negated set the known ones, by number.</summary>
    public IReadOnlyList<Syscall> Listed { get; }

    /// <summary>Reads a set.</summary>
    /// <param name="text">For example <c>openat,%network,/^recv</c> or <c>!%file</c>.</param>
    /// <param name="place">Where it stands, for the message: <c>--syscalls</c>.</param>
    /// <exception cref="FalterException"><c>unknown-syscall</c>, with all mistakes.</exception>
    public static SyscallSet Parse(string text, string place)
    {
        var mistakes = new List<Finding>();
        SyscallSet set = Parse(text, place, mistakes);
        return mistakes.Count == 0 ? set : throw new FalterException(mistakes, ExitCode.Usage);
    }

    /// <summary>Reads a set; the mistakes are added to those of other places.</summary>
    /// <returns>The set without the parts that were mistakes.</returns>
    public static SyscallSet Parse(string text, string place, ICollection<Finding> mistakes)
    {
        string parts = text.TrimStart('!');
        bool negated = (text.Length - parts.Length) % 2 == 1;
        if (parts is "all" or "none") return new SyscallSet([], negated != (parts == "all"));
        var named = new List<Syscall>();
        foreach (string part in parts.Split(','))
        {
            if (Mistake(part, named) is { } mistake) mistakes.Add(Finding.Refusal("unknown-syscall", $"{place}: {mistake}"));
        }
        return new SyscallSet(named, negated);
    }

    /// <summary>Adds what one part names.</summary>
    /// <returns>What is wrong with the part; null where nothing is.</returns>
    private static string? Mistake(string part, List<Syscall> named)
    {
        string name = part.TrimStart('?');
        bool mayBeNone = name.Length < part.Length;
        string? mistake = name switch
        {
            "" => $"a name of a system call is missing; expected for example {Example}",
            ['!', ..] => $"'{part}': ! stands before the whole set and turns it round; expected for example {Example}",
            ['/', .. var pattern] => Matching(pattern, named, mayBeNone),
            ['%', ..] => Add(SyscallClasses.Members(name)) ? null : $"'{name}' is no class of system calls{Hint(name, SyscallClasses.Names.Append("%net"))}; there are {string.Join(' ', SyscallClasses.Names)}",
            _ => Add(Named(name)) ? null : $"'{name}' is no system call{Hint(name, Syscall.Names.Concat(SyscallClasses.Names))}",
        };
        return mayBeNone && name.Length > 0 && name[0] is not ('!' or '/') ? null : mistake;

        bool Add(IReadOnlyList<Syscall>? calls)
        {
            named.AddRange(calls ?? []);
            return calls is not null;
        }
    }

    private static Syscall[]? Named(string name) =>
        Syscall.TryParse(name, out Syscall call) ? [call]
        : short.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out short number) && Syscall.All.Contains(new Syscall(number)) ? [new Syscall(number)]
        : null;

    private static string? Matching(string pattern, List<Syscall> named, bool mayBeNone)
    {
        try
        {
            var regex = new Regex(pattern, RegexOptions.CultureInvariant, s_longestMatch);
            Syscall[] found = [.. Syscall.All.Where(c => regex.IsMatch(c.Name))];
            named.AddRange(found);
            return found.Length > 0 || mayBeNone ? null : $"'/{pattern}' matches no system call; expected for example /^recv";
        }
        catch (RegexParseException e)
        {
            return $"'/{pattern}' is no regular expression ({e.Message.TrimEnd('.')}); expected for example /^recv";
        }
        catch (RegexMatchTimeoutException)
        {
            return $"'/{pattern}' takes too long to match a name; write it without nested repetitions";
        }
    }

    // Names of three letters are near to everything: a class that was meant without its % comes first.
    private static string Hint(string text, IEnumerable<string> names) =>
        SyscallClasses.Members('%' + text) is not null ? $"; did you mean %{text}?" : NearestNames.Hint(text, names);
}
