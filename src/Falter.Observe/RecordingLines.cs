using System.IO.Compression;
using Falter.Records;

namespace Falter.Observe;

/// <summary>The lines of one file of a recording, plain or compressed, up to its end or to where it was cut off.</summary>
internal sealed class RecordingLines : IDisposable
{
    // One interval has at most SyscallMonitorOptions.MaxRows rows of some 2 KiB. A foreign file must not fill the memory.
    private const int LongestLine = 64 << 20;

    // RFC 1952: ten bytes of head, two of the shortest deflate data, eight of CRC and length.
    private const int ShortestMember = 20;

    private readonly string _file;
    private readonly EndWatch _bytes;
    private readonly Stream _text;
    private long _textBytes;
    private byte[] _buffer = new byte[1 << 16];
    private int _start, _end;

    private RecordingLines(string file, EndWatch bytes, bool isCompressed)
    {
        _file = file;
        _bytes = bytes;
        _text = isCompressed ? new GZipStream(bytes, CompressionMode.Decompress) : bytes;
    }

    /// <summary>Lines read so far.</summary>
    public int Number { get; private set; }

    /// <summary>Whether the file ends in the middle of a line, or of what the compression needs to end.</summary>
    public bool IsCutOff { get; private set; }

    /// <summary>Opens a file. What it holds tells whether it is compressed, not its name.</summary>
    /// <exception cref="FalterException"><c>run-not-readable</c>.</exception>
    public static RecordingLines Open(string file)
    {
        try
        {
            var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            Span<byte> magic = stackalloc byte[2];
            int read = stream.ReadAtLeast(magic, 2, throwOnEndOfStream: false);
            stream.Position = 0;
            // RFC 1952, 2.3.1.
            return new RecordingLines(file, new EndWatch(stream), isCompressed: read > 0 && magic[0] == 0x1f && (read == 1 || magic[1] == 0x8b));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw FalterException.Usage("run-not-readable", $"{file}: {(Path.Exists(file) ? e.Message.TrimEnd('.') : "no such file")}; `falter monitor --record DIR` writes such files");
        }
    }

    /// <summary>The next line without its end; also a last one that has none, with <see cref="IsCutOff"/> set.</summary>
    /// <returns>False at the end of the file.</returns>
    /// <exception cref="FalterException"><c>run-not-readable</c>: the file is damaged.</exception>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        int searched = _start;
        while (true)
        {
            int found = _buffer.AsSpan(searched, _end - searched).IndexOf((byte)'\n');
            if (found >= 0) return Take(searched + found, out line);
            searched = _end - _start;
            if (!Fill()) break;
        }
        IsCutOff |= _end > _start;
        line = _buffer.AsSpan(_start, _end - _start);
        if (line.Length > 0) Number++;
        _start = _end;
        return line.Length > 0;
    }

    public void Dispose() => _text.Dispose();

    private bool Take(int lineEnd, out ReadOnlySpan<byte> line)
    {
        line = _buffer.AsSpan(_start, lineEnd - _start);
        _start = lineEnd + 1;
        Number++;
        return true;
    }

    /// <summary>Reads on behind what is in the buffer, which begins at 0 afterwards.</summary>
    private bool Fill()
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        if (_end == _buffer.Length)
        {
            if (_end >= LongestLine) throw FalterException.Usage("run-not-readable", $"{_file}, line {Number + 1}: longer than any interval; `falter monitor --record DIR` writes recordings");
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }
        int read = ReadText();
        _end += read;
        return read > 0;
    }

    private int ReadText()
    {
        try
        {
            int read = _text.Read(_buffer.AsSpan(_end));
            _textBytes += read;
            // .NET takes a compressed file that was cut off for one that ends. A whole one ends with the length of what was compressed, modulo 2^32 (RFC 1952, ISIZE).
            if (read == 0 && _text != _bytes) IsCutOff |= _bytes.Count < ShortestMember || _bytes.LastFour != (uint)_textBytes;
            return read;
        }
        // The decompressor wanted more than there is: its writer was killed, or writes on.
        catch (Exception e) when (_bytes.HasEnded && e is InvalidDataException or EndOfStreamException)
        {
            IsCutOff = true;
            return 0;
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw FalterException.Usage("run-not-readable", $"{_file}: damaged after {(Number == 1 ? "1 interval" : $"{Number} intervals")} ({e.Message.TrimEnd('.')}); " +
                (Number == 0 ? "`falter monitor --record DIR` writes recordings" : $"copy it again, or keep what is whole: zcat {_file} | head -n {Number} > samples.jsonl"));
        }
    }

    /// <summary>Passes bytes on and knows the last of them, and whether somebody asked for more than there are.</summary>
    private sealed class EndWatch(Stream inner) : Stream
    {
        public long Count { get; private set; }

        /// <summary>The last four bytes, little-endian.</summary>
        public uint LastFour { get; private set; }

        public bool HasEnded { get; private set; }

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            int read = inner.Read(buffer);
            HasEnded |= read == 0 && buffer.Length > 0;
            Count += read;
            foreach (byte one in buffer[Math.Max(0, read - 4)..read]) LastFour = LastFour >> 8 | (uint)one << 24;
            return read;
        }

        public override void Flush() => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
