namespace Falter.Linux.Proc;

/// <summary>Files below /proc, which vanish with their process at any moment.</summary>
internal static class ProcFile
{
    /// <summary>The whole file; null where the process does not exist (any more).</summary>
    public static string? Read(string path) => OrNull(() => File.ReadAllText(path));

    /// <summary>The names in a folder that are numbers; empty where the process does not exist (any more).</summary>
    public static IReadOnlyList<int> Numbers(string folder) =>
        OrNull<IReadOnlyList<int>>(() =>
        {
            var numbers = new List<int>();
            foreach (string path in Directory.EnumerateDirectories(folder))
            {
                if (int.TryParse(Path.GetFileName(path.AsSpan()), out int number)) numbers.Add(number);
            }
            return numbers;
        }) ?? [];

    /// <summary>What the links in a folder point to; empty where the process does not exist (any more).</summary>
    public static IReadOnlyList<string> Links(string folder) =>
        OrNull<IReadOnlyList<string>>(() => [.. Directory.EnumerateFileSystemEntries(folder).Select(p => OrNull(() => new FileInfo(p).LinkTarget)).OfType<string>()]) ?? [];

    private static T? OrNull<T>(Func<T?> read) where T : class
    {
        try
        {
            return read();
        }
        catch (IOException)
        {
            // Not found at opening, or ESRCH at reading: the process ended in between.
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            // hidepid, or a process of another user: not to be told from no process.
            return null;
        }
    }
}
