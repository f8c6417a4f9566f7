using Falter.Linux.Interop;

namespace Falter.Experiment;

/// <summary>A log file as it is at one moment. One that is not there, or may not be read, is none.</summary>
internal static class LogFile
{
    /// <summary>Which file it is, told from others that have its name, and its length.</summary>
    public static (long File, long Length)? Find(string path) => Inode.Of(path) is { } number && new FileInfo(path) is { Exists: true } file ? (number, file.Length) : null;

    /// <summary>What it holds from one position to another, in parts of the size of a buffer; less where it was cut off meanwhile.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Parts(string path, long from, long to, byte[] buffer)
    {
        using FileStream? file = Open(path);
        if (file is null) yield break;
        file.Position = from;
        while (from < to)
        {
            int length = file.Read(buffer, 0, (int)Math.Min(buffer.Length, to - from));
            if (length == 0) yield break;
            from += length;
            yield return buffer.AsMemory(0, length);
        }
    }

    private static FileStream? Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
