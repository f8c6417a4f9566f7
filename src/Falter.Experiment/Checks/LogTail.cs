using System.Text;
using Falter.Linux.Interop;

namespace Falter.Experiment;

/// <summary>The new lines of a file that somebody appends to, renames, replaces and truncates, as <c>tail -F</c> reads it.</summary>
internal sealed class LogTail : IDisposable
{
    /// <summary>What is read at once, in bytes; what is more comes with the next reading.</summary>
    public const int MostAtOnce = 16 * 1024 * 1024;

    /// <summary>A line is cut after so many bytes; the rest of it is passed over.</summary>
    public const int LongestLine = 64 * 1024;

    private readonly MemoryStream _line = new();
    private readonly byte[] _buffer = new byte[64 * 1024];
    private FileStream? _file;
    private long? _inode;
    private string? _path;
    private bool _begun;

    /// <summary>The lines that were completed since the last reading.</summary>
    /// <param name="path">The file.</param>
    /// <param name="begin">Where the first reading begins, in bytes; null: at what is the end then. A file that appears later is read from its begin.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public IReadOnlyList<string> ReadNew(string path, long? begin = null)
    {
        var lines = new List<string>();
        int left = MostAtOnce;
        if (_path is not null && _path != path) Close();
        _path = path;
        if (_file is not null)
        {
            if (_file.Length < _file.Position)
            {
                // Truncated: what follows is new.
                _file.Position = 0;
                _line.SetLength(0);
            }
            left = Take(_file, lines, left);
            // Replaced: the old one was read to its end above, whatever it is called now; what its last line lacks will not come.
            if (left > 0 && Inode.Of(path) is { } now && now != _inode) Close();
        }
        if (_file is null && Open(path, begin)) Take(_file!, lines, left);
        _begun = true;
        return lines;
    }

    public void Dispose()
    {
        Close();
        _line.Dispose();
    }

    /// <summary>False where there is no such file.</summary>
    private bool Open(string path, long? begin)
    {
        if (!File.Exists(path)) return false;
        _file = UnlockedFile.OpenRead(path);
        _inode = Inode.Of(path);
        if (!_begun) _file.Position = Math.Min(begin ?? long.MaxValue, _file.Length);
        return true;
    }

    private void Close()
    {
        _file?.Dispose();
        _file = null;
        _line.SetLength(0);
    }

    private int Take(FileStream file, List<string> lines, int most)
    {
        int count;
        while (most > 0 && (count = file.Read(_buffer, 0, Math.Min(_buffer.Length, most))) > 0)
        {
            most -= count;
            Split(_buffer.AsSpan(0, count), lines);
        }
        return most;
    }

    private void Split(ReadOnlySpan<byte> bytes, List<string> lines)
    {
        while (!bytes.IsEmpty)
        {
            int end = bytes.IndexOf((byte)'\n');
            ReadOnlySpan<byte> part = end < 0 ? bytes : bytes[..end];
            _line.Write(part[..(int)Math.Min(part.Length, LongestLine - _line.Length)]);
            if (end < 0) return;
            lines.Add(Encoding.UTF8.GetString(_line.GetBuffer(), 0, (int)_line.Length).TrimEnd('\r'));
            _line.SetLength(0);
            bytes = bytes[(end + 1)..];
        }
    }
}
