using System.Text;
using System.Text.RegularExpressions;

namespace Falter.Records;

/// <summary>
/// A glob of paths or names: <c>*</c> and <c>?</c> stay within one name, <c>**</c> crosses names, <c>[a-z]</c> and <c>{a,b}</c> as in a shell. A pattern without
/// any of these names one file, or a folder with all that is in it.
/// </summary>
public sealed class Glob : IEquatable<Glob>
{
    private readonly string _text;
    private readonly Regex _regex;

    /// <exception cref="ArgumentException">A bracket or brace that is not closed.</exception>
    public Glob(string text)
    {
        _text = text;
        bool plain = text.IndexOfAny(['*', '?', '[', '{']) < 0;
        // Patterns are short and paths at most 4096 bytes; the non-backtracking engine has no bad cases at all.
        _regex = new Regex($"^{ToRegex(text.Length > 1 ? text.TrimEnd('/') : text)}{(plain && text != "/" ? "(/.*)?" : "")}$", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Singleline);
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
                    int end = glob.IndexOf(']', Math.Min(i + 2, glob.Length));
                    if (end < 0) throw new ArgumentException($"'{glob}': [ has no ]");
                    string members = glob[(i + 1)..end];
                    regex.Append(members[0] is '!' or '^' ? "[^/" : "[").Append((members[0] is '!' or '^' ? members[1..] : members).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("[", "\\[", StringComparison.Ordinal)).Append(']');
                    i = end;
                    break;
                case '{':
                    regex.Append("(?:");
                    braces++;
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
}
