using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.RegularExpressions;

namespace Falter.Records;

/// <summary>
/// A glob of paths or names: <c>*</c> and <c>?</c> stay within one name, <c>**</c> crosses names, <c>[a-z]</c> and <c>{a,b}</c> as in a shell. A pattern without
/// any of these names one file, or a folder with all that is in it.
/// </summary>
public sealed class Glob : IEquatable<Glob>
{
    // PATH_MAX of include/uapi/linux/limits.h: no path that a call can name is longer.
    private const int Longest = 4096;

    // More than anybody writes, and little enough for the stack of whoever takes it apart.
    private const int MostBraces = 16;

    // The engine's states grow with what can follow: the first match of 4000 characters took 31 ms with 30 of them and 8 s with 300, while a thread of the target waits.
    private const int MostWildcards = 32;

    private readonly string _text;
    private readonly Regex _regex;

    /// <exception cref="ArgumentException">A bracket or brace that is not closed, a range of characters that runs backwards, nothing at all.</exception>
    public Glob(string text) : this(text, CompiledOf(text)) { }

    private Glob(string text, Regex regex) => (_text, _regex) = (text, regex);

    /// <summary>Reads a glob.</summary>
    /// <param name="text">What the user wrote.</param>
    /// <param name="glob">The glob.</param>
    /// <param name="problem">What is wrong and an example, where the result is false.</param>
    public static bool TryParse(string text, [MaybeNullWhen(false)] out Glob glob, out string problem)
    {
        (glob, problem) = (null, "");
        try
        {
            glob = new Glob(text, CompiledOf(text));
            return true;
        }
        catch (ArgumentException e)
        {
            problem = $"{e.Message}; expected for example /data/** or *.{{log,tmp}}";
            return false;
        }
    }

    /// <summary>The glob that matches this text alone (and, were it a folder, what is in it).</summary>
    public static Glob Literal(string text) => new(string.Concat(text.Select(c => c is '*' or '?' or '[' or '{' ? $"[{c}]" : c.ToString())));

    /// <summary>Whether the path is one of them.</summary>
    public bool Matches(string path) => _regex.IsMatch(path);

    /// <inheritdoc/>
    public bool Equals(Glob? other) => other?._text == _text;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Glob);

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(_text);

    /// <summary>As it was written.</summary>
    public override string ToString() => _text;

    /// <summary>Where the bracket that is opened at <paramref name="open"/> is closed. A <c>]</c> that comes first is one of its members.</summary>
    internal static int? BracketEnd(string text, int open)
    {
        int first = open + (open + 1 < text.Length && text[open + 1] is '!' or '^' ? 2 : 1);
        return first + 1 < text.Length && text.IndexOf(']', first + 1) is var end and > 0 ? end : null;
    }

    private static Regex CompiledOf(string text)
    {
        if (text.Length is 0 or > Longest) throw new ArgumentException(text.Length == 0 ? "a pattern is missing" : $"'{text[..40]}…' is longer than a path can be ({Longest})");
        if (text.Count('*') > MostWildcards) throw new ArgumentException($"'{(text.Length > 40 ? $"{text[..40]}…" : text)}' has more than {MostWildcards} *");
        bool plain = text.IndexOfAny(['*', '?', '[', '{']) < 0;
        string bare = text.Length > 1 ? text.TrimEnd('/') : text;
        try
        {
            // Going back would take exponential time for patterns that can be written by mistake.
            return new Regex($@"\A{ToRegex(bare.Length > 0 ? bare : "/")}{(plain && bare is not ("" or "/") ? "(/.*)?" : "")}\z",
                RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Singleline);
        }
        catch (Exception e) when (e is RegexParseException { Error: RegexParseError.ReversedCharacterRange } or NotSupportedException)
        {
            throw new ArgumentException(e is NotSupportedException ? $"'{text}' is too large a pattern" : $"'{text}': a range between [ and ] runs backwards", e);
        }
    }

    private static string ToRegex(string glob)
    {
        var regex = new StringBuilder();
        int braces = 0;
        for (int i = 0; i < glob.Length; i++)
        {
            switch (glob[i])
            {
                case '*' when i + 1 < glob.Length && glob[i + 1] == '*':
                    regex.Append(".*");
                    i++;
                    break;
                case '*':
                    regex.Append("[^/]*");
                    break;
                case '?':
                    regex.Append("[^/]");
                    break;
                case '[':
                    int end = BracketEnd(glob, i) ?? throw new ArgumentException($"'{glob}': [ has no ]");
                    regex.Append(Members(glob[(i + 1)..end]));
                    i = end;
                    break;
                case '{':
                    regex.Append("(?:");
                    if (++braces > MostBraces) throw new ArgumentException($"'{glob}': more than {MostBraces} braces within each other");
                    break;
                case '}' when braces > 0:
                    regex.Append(')');
                    braces--;
                    break;
                case ',' when braces > 0:
                    regex.Append('|');
                    break;
                default:
                    regex.Append(Regex.Escape(glob[i].ToString()));
                    break;
            }
        }
        return braces == 0 ? regex.ToString() : throw new ArgumentException($"'{glob}': {{ has no }}");
    }

    /// <summary>A set of characters; never the slash, which only <c>**</c> crosses.</summary>
    private static string Members(string members)
    {
        bool negated = members[0] is '!' or '^';
        string named = negated ? members[1..] : members;
        var set = new StringBuilder(negated ? "[^/" : "[");
        for (int i = 0; i < named.Length; i++)
        {
            // Of what means something in the engine's sets, only the hyphen between two members means the same in a glob.
            bool isPlain = named[i] is not ('\\' or '[' or ']' or '^') && (named[i] != '-' || i > 0 && i < named.Length - 1);
            set.Append(isPlain ? "" : "\\").Append(named[i]);
        }
        return set.Append(negated ? "]" : "-[/]]").ToString();
    }
}
