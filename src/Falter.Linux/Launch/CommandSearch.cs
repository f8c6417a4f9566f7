using Falter.Linux.Interop;
using Falter.Records;

namespace Falter.Linux.Launch;

/// <summary>Finds the file that a command names, as <c>execvp</c> does, and says why there is none.</summary>
internal static class CommandSearch
{
    /// <summary>The file's absolute path.</summary>
    /// <param name="name">What the user wrote: a path where it holds a slash, else a name to search.</param>
    /// <param name="searchPath">PATH.</param>
    /// <param name="folder">What relative paths start from.</param>
    /// <exception cref="FalterException"><c>target-not-found</c>.</exception>
    public static string Find(string name, string? searchPath, string folder)
    {
        if (name.Length == 0) throw NotFound("the command to launch is an empty text; expected for example: -- nginx -g 'daemon off;'");
        if (name.Contains('/', StringComparison.Ordinal))
        {
            string path = Path.GetFullPath(name, folder);
            return Problem(path) is { } problem ? throw NotFound($"cannot launch '{name}': {problem}") : path;
        }
        string? firstProblem = null;
        // An empty PATH entry means the working folder (POSIX, "Environment Variables").
        foreach (string entry in (searchPath ?? "/usr/local/bin:/usr/bin:/bin").Split(':'))
        {
            string path = Path.GetFullPath(Path.Combine(entry, name), folder);
            if (Problem(path) is not { } problem) return path;
            if (File.Exists(path) || Directory.Exists(path)) firstProblem ??= $"{path}: {problem}";
        }
        throw NotFound(firstProblem is null
            ? $"cannot launch '{name}': no folder of PATH holds a program of that name; give its full path"
            : $"cannot launch '{name}': {firstProblem}");
    }

    private static string? Problem(string path)
    {
        if (Directory.Exists(path)) return "it is a directory; expected a program";
        if (!File.Exists(path)) return "there is no such file";
        return Libc.access(path, Libc.X_OK) != 0 ? $"it is not executable; make it so with: chmod +x {path}" : null;
    }

    private static FalterException NotFound(string message) => FalterException.Usage("target-not-found", message);
}
