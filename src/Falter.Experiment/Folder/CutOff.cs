namespace Falter.Experiment;

/// <summary>Files of lines whose writer was killed, or whose machine lost its power: what follows the last line break is no line.</summary>
internal static class CutOff
{
    /// <summary>Shortens a file to its last line break.</summary>
    public static void Remove(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        long end = EndOfLines(file);
        if (end < file.Length) file.SetLength(end);
    }

    /// <summary>The whole lines of the file's end, at most so many bytes of it; the first of them may be cut off at its beginning unless all were read.</summary>
    public static IReadOnlyList<string> LastLines(string path, int bytes)
    {
        if (!File.Exists(path)) return [];
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        long end = EndOfLines(file), begin = Math.Max(0, end - bytes);
        var part = new byte[end - begin];
        file.Seek(begin, SeekOrigin.Begin);
        file.ReadExactly(part);
        string[] lines = System.Text.Encoding.UTF8.GetString(part).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return begin > 0 ? [.. lines.Skip(1)] : lines;
    }

    private static long EndOfLines(FileStream file)
    {
        var block = new byte[4096];
        long end = file.Length;
        while (end > 0)
        {
            int length = (int)Math.Min(block.Length, end);
            file.Seek(end - length, SeekOrigin.Begin);
            file.ReadExactly(block, 0, length);
            int at = Array.LastIndexOf(block, (byte)'\n', length - 1);
            if (at >= 0) return end - length + at + 1;
            end -= length;
        }
        return 0;
    }
}
