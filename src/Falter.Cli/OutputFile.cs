using Falter.Records;

namespace Falter.Cli;

/// <summary>A file that the user named.</summary>
internal static class OutputFile
{
    /// <summary>Writes the file and says so on standard error.</summary>
    /// <param name="path">Its name.</param>
    /// <param name="text">What it holds.</param>
    /// <param name="option">The option that named it.</param>
    /// <exception cref="FalterException"><c>folder-not-writable</c>.</exception>
    public static void Write(string path, string text, string option = "-o")
    {
        try
        {
            File.WriteAllText(path, text);
            Console.Error.WriteLine($"wrote {Path.GetFullPath(path)}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw FalterException.Usage("folder-not-writable", $"{option} {path}: cannot be written ({e.Message.TrimEnd('.')})");
        }
    }
}
