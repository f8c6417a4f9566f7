namespace Falter.Tests;

/// <summary>Published data sets that are beside this checkout on machines of its developers, and never part of it.</summary>
internal static class Golden
{
    /// <summary>The folder of a data set; skips the test where it is not there.</summary>
    public static string Folder(string name)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, "shared", "golden", name);
            if (Directory.Exists(path)) return path;
        }
        Assert.Skip($"the published data set {name} is not beside this checkout");
        return "";
    }
}
