using System.Buffers;
using System.Text;

namespace Falter.Records;

/// <summary>Command lines as a shell reads them.</summary>
public static class ShellWords
{
    private static readonly SearchValues<char> s_plain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+=:,./-");

    // What a shell acts on and nobody else does.
    private const string OfShells = "|&;<>()\n";

    // What a backslash within double quotes takes its meaning from (POSIX 2.2.3).
    private const string EscapedInQuotes = "\"\\$`";

    // The one substitution that Falter makes itself.
    private const string Address = "{address:";

    /// <summary>Joins words so that a shell splits them again; only words that need quotes get them.</summary>
    public static string Join(IEnumerable<string> words) => string.Join(' ', words.Select(Quote));

    /// <summary>Splits a command as a shell splits it: blanks part words, quotes and backslashes protect. Nothing is substituted; what only a shell could carry out is refused.</summary>
    /// <param name="text">What the user wrote.</param>
    /// <param name="words">The words, at least one.</param>
    /// <param name="problem">What is wrong and an example, where the result is false.</param>
    public static bool TrySplit(string text, out IReadOnlyList<string> words, out string problem)
    {
        var taken = new List<string>();
        var word = new StringBuilder();
        bool isWord = false;
        char quote = '\0';
        words = taken;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            problem = Refusal(text, i, quote);
            if (problem.Length > 0) return false;
            if (quote == '\'' && c != '\'') word.Append(c);
            else if (c == '\\' && i + 1 < text.Length && (quote == '\0' || EscapedInQuotes.Contains(text[i + 1], StringComparison.Ordinal))) (isWord, _) = (true, word.Append(text[++i]));
            else if (c is '"' or '\'' && (quote == '\0' || quote == c)) (isWord, quote) = (true, quote == '\0' ? c : '\0');
            else if (quote != '\0' || c is not (' ' or '\t')) (isWord, _) = (true, word.Append(c));
            else if (isWord) End();
        }
        if (isWord) End();
        problem = quote != '\0' ? $"a quote ({quote}) is not closed" : taken.Count == 0 || taken[0].Length == 0 ? "a command is missing; expected for example nginx -g 'daemon off;'" : "";
        return problem.Length == 0;

        void End()
        {
            taken.Add(word.ToString());
            word.Clear();
            isWord = false;
        }
    }

    private static string Refusal(string text, int at, char quote) => text[at] switch
    {
        _ when quote == '\'' => "",
        '$' when !text.AsSpan(at + 1).StartsWith(Address, StringComparison.Ordinal) && at + 1 < text.Length && (char.IsAsciiLetterOrDigit(text[at + 1]) || text[at + 1] is '{' or '(' or '_') =>
            "$ is a shell's, and no shell runs this; put it into single quotes, or write [sh, -c, \"…\"]",
        '`' => "` is a shell's, and no shell runs this; put it into single quotes, or write [sh, -c, \"…\"]",
        var c when quote == '\0' && OfShells.Contains(c, StringComparison.Ordinal) => $"{(c == '\n' ? "a line end" : c)} is a shell's, and no shell runs this; put it into quotes, or write [sh, -c, \"…\"]",
        _ => "",
    };

    private static string Quote(string word) =>
        word.Length > 0 && !word.AsSpan().ContainsAnyExcept(s_plain) ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
