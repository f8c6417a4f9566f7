namespace Falter.Tests.House;

/// <summary>The source tree that these tests were built from.</summary>
internal static class Repository
{
    /// <summary>The folder that holds Falter.slnx.</summary>
    public static string Root { get; } = FindRoot();

    public static string PathOf(string name) => Path.Combine(Root, name);

    /// <summary>Files below a folder by ending, as paths relative to the root; none where the folder does not exist.</summary>
    public static IEnumerable<string> Files(string folder, params string[] endings) =>
        Directory.Exists(PathOf(folder))
            ? Directory.EnumerateFiles(PathOf(folder), "*", SearchOption.AllDirectories)
                .Where(f => endings.Length == 0 || endings.Any(e => f.EndsWith(e, StringComparison.Ordinal)))
                .Select(f => Path.GetRelativePath(Root, f))
            : [];

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Falter.slnx"))) return folder.FullName;
        }
        throw new InvalidOperationException($"no Falter.slnx above {AppContext.BaseDirectory}");
    }
}
