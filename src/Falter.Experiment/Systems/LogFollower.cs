namespace Falter.Experiment;

/// <summary>A line that a role wrote.</summary>
/// <param name="AtSeconds">When it was read, in seconds since the run began: at most 100 ms after it was written, on a machine that is not overloaded.</param>
/// <param name="Role">Who wrote it.</param>
/// <param name="Text">The line, at most 2000 characters of it. Bytes that are no UTF-8 are U+FFFD, control characters but tabs are spaces.</param>
public readonly record struct WrittenLine(double AtSeconds, string Role, string Text);

/// <summary>
/// Reads a role's log as it grows, from where it ends now. A file that is not there yet, is replaced or cut off is read from its begin. A line that is too long, or has no end for a second, is taken as it is.
/// </summary>
public sealed class LogFollower : IAsyncDisposable
{
    /// <summary>How much of a line is kept, in characters.</summary>
    public const int MostCharacters = 2000;

    // By length and not by inotify: a look costs some microseconds, works on every file system, and needs no watch that could overflow.
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    // A role that writes faster than this is read on, from nearer to the end: what lies between is counted in bytes.
    private const int MostBytesAtOnce = 4 << 20;

    private readonly string _role, _path;
    private readonly Action<WrittenLine> _wrote;
    private readonly Func<double> _now;
    private readonly int _mostPerSecond;
    private readonly LogLines _lines = new(MostCharacters);
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _reading;
    private long _position, _dropped, _skippedBytes;
    private long _file;
    private long _second;
    private int _inSecond;
    private long _lastGrowth;

    private LogFollower(string role, string path, Action<WrittenLine> wrote, Func<double> now, int mostPerSecond)
    {
        (_role, _path, _wrote, _now, _mostPerSecond) = (role, path, wrote, now, mostPerSecond);
        (_file, _position) = LogFile.Find(path) ?? default;
        _reading = Task.Run(ReadAsync);
    }

    /// <summary>Lines that were read and not handed on, because there were more than are taken in a second.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>Bytes that were not read at all, because the file grew faster than it could be.</summary>
    public long SkippedBytes => Volatile.Read(ref _skippedBytes);

    /// <summary>Why it reads no longer; null where it is well.</summary>
    public Exception? Failure => _reading.Exception?.GetBaseException();

    /// <summary>Begins to follow a file.</summary>
    /// <param name="role">Who writes it.</param>
    /// <param name="path">The file; it need not be there.</param>
    /// <param name="wrote">Is handed each line, in order, on one thread at a time.</param>
    /// <param name="now">Seconds since the run began.</param>
    /// <param name="mostPerSecond">Lines that are handed on in a second at most. Default 1000.</param>
    public static LogFollower Follow(string role, string path, Action<WrittenLine> wrote, Func<double> now, int mostPerSecond = 1000) => new(role, path, wrote, now, mostPerSecond);

    /// <summary>Reads what is there by now, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _reading.ContinueWith(_ => { }, TaskScheduler.Default);
        _ended.Dispose();
    }

    private async Task ReadAsync()
    {
        byte[] buffer = new byte[64 << 10];
        while (true)
        {
            bool last = _ended.IsCancellationRequested;
            Look(buffer, last);
            if (last) return;
            await Task.Delay(s_pause, _ended.Token).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    private void Look(byte[] buffer, bool last)
    {
        if (LogFile.Find(_path) is { } now)
        {
            // Another file by that name, or the same one cut off: what was read of the old one is a line of its own.
            if (now.File != _file || now.Length < _position)
            {
                Take(_lines.Rest());
                (_file, _position) = (now.File, 0);
            }
            if (now.Length > _position) Read(buffer, now.Length);
        }
        if (last || Environment.TickCount64 - _lastGrowth > s_patience.TotalMilliseconds) Take(_lines.Rest());
    }

    private void Read(byte[] buffer, long length)
    {
        if (length - _position > MostBytesAtOnce)
        {
            Interlocked.Add(ref _skippedBytes, length - MostBytesAtOnce - _position);
            _position = length - MostBytesAtOnce;
            Take(_lines.Rest());
        }
        _lastGrowth = Environment.TickCount64;
        foreach (ReadOnlyMemory<byte> part in LogFile.Parts(_path, _position, length, buffer))
        {
            _position += part.Length;
            foreach (string line in _lines.Add(part.Span)) Take(line);
        }
    }

    private void Take(string? text)
    {
        if (text is null) return;
        double at = _now();
        if (_second != (long)at) (_second, _inSecond) = ((long)at, 0);
        if (++_inSecond > _mostPerSecond) Interlocked.Increment(ref _dropped);
        else _wrote(new WrittenLine(at, _role, text));
    }
}
