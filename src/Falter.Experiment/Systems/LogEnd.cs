using System.Text;

namespace Falter.Experiment;

/// <summary>The end of a log file.</summary>
internal static class LogEnd
{
    // As much of the end as is looked at, and of a line as is shown.
    private const int MostBytes = 16_384, MostCharacters = 300;

    /// <summary>The last lines that are not empty; none where there is no such file. Bytes that are no text, and control characters, become one sign each.</summary>
    public static string[] Of(string path, int lines)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            file.Seek(Math.Max(0, file.Length - MostBytes), SeekOrigin.Begin);
            byte[] bytes = new byte[MostBytes];
            int length = file.ReadAtLeast(bytes, MostBytes, throwOnEndOfStream: false);
            return [.. Encoding.UTF8.GetString(bytes, 0, length).Split('\n').Select(Shown).Where(l => l.Length > 0).TakeLast(lines)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string Shown(string line) => string.Concat(line.Trim().Take(MostCharacters).Select(c => char.IsControl(c) ? ' ' : c));
}
