namespace Falter.Records;

/// <summary>The known names that somebody who mistyped one most likely meant.</summary>
public static class NearestNames
{
    /// <summary>At most <paramref name="most"/> names, nearest first by edit distance; names that contain the text count as near.</summary>
    public static IReadOnlyList<string> Of(string text, IEnumerable<string> names, int most = 3)
    {
        int limit = Math.Max(2, text.Length / 3);
        return [.. names.Select(name => (name, distance: Distance(text, name, limit)))
            .Where(c => c.distance <= limit)
            .OrderBy(c => c.distance).ThenBy(c => c.name, StringComparer.Ordinal)
            .Take(most).Select(c => c.name)];
    }

    /// <summary>«; did you mean a, b?», or nothing where no name is near.</summary>
    public static string Hint(string text, IEnumerable<string> names) =>
        Of(text, names) is { Count: > 0 } near ? $"; did you mean {string.Join(", ", near)}?" : "";

    private static int Distance(string a, string b, int limit)
    {
        a = a.ToLowerInvariant();
        b = b.ToLowerInvariant();
        // Half a name is as near as a typing mistake.
        if (a.Length >= 4 && (b.Contains(a, StringComparison.Ordinal) || a.StartsWith(b, StringComparison.Ordinal))) return 1;
        // Each letter that one has more must be removed.
        if (Math.Abs(a.Length - b.Length) > limit) return int.MaxValue;
        var row = new int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++) row[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int above = row[j];
                row[j] = Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }
        return row[b.Length];
    }
}
